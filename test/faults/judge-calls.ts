import type { UserHistory } from '../history/history.ts';
import type { Recorded, Records } from './records.ts';
import type { Breach, Trial } from './trial.ts';

/** What a request may take beyond its deadline on the way and on a busy machine. */
const ALLOWANCE_MS = 400;

export interface Window {
  /** While the fault and its consequences may be felt. */
  readonly fromMs: number;
  readonly toMs: number;
  /** How long our own event loop was held up at most: the calls were seen later by as much. */
  readonly ownLagMs: number;
  readonly requestTimeoutMs: number;
}

type Judged = Pick<Trial, 'forsakenPorts' | 'spared'> & { readonly records: Pick<Records, 'all'> };

const isGood = ({ status }: Recorded): boolean => status === 200 || status === 409;

/** Judges the answers by themselves: what the history checker, which looks at money, does not ask. */
export function judgeCalls(trial: Judged, window: Window): Breach[] {
  return trial.records.all.flatMap((recorded) => [
    ...judgeStatus(recorded),
    ...judgeDeadline(recorded, trial, window),
    ...(isUnder(recorded, window) ? judgeSpared(recorded, trial) : judgeQuiet(recorded)),
  ]);
}

const isUnder = ({ call }: Recorded, { fromMs, toMs }: Window): boolean =>
  call.completedMs >= fromMs && call.invokedMs <= toMs;

function judgeStatus(recorded: Recorded): Breach[] {
  if (isGood(recorded) || [0, 503, 504].includes(recorded.status)) return [];
  return [{ rule: 'status', detail: describe(recorded) }];
}

function judgeDeadline(recorded: Recorded, trial: Judged, window: Window): Breach[] {
  const { invokedMs, completedMs } = recorded.call;
  if (completedMs === Number.POSITIVE_INFINITY || trial.forsakenPorts.has(recorded.localPort)) return [];
  const allowedMs = window.requestTimeoutMs + ALLOWANCE_MS + window.ownLagMs;
  return completedMs - invokedMs <= allowedMs ? [] : [{ rule: 'deadline', detail: describe(recorded) }];
}

/** With nothing wrong nobody is turned away. */
function judgeQuiet(recorded: Recorded): Breach[] {
  return isGood(recorded) ? [] : [{ rule: 'false_trouble', detail: describe(recorded) }];
}

function judgeSpared(recorded: Recorded, trial: Judged): Breach[] {
  if (isGood(recorded)) return [];
  return trial.spared
    .filter(({ isMeant }) => isMeant(recorded))
    .map(({ why }) => ({ rule: 'not_spared', detail: `${why}: ${describe(recorded)}` }));
}

/** A change that was applied though its connection ended without an answer: admitted, and not answered. */
export function judgeUnanswered(trial: Trial, histories: readonly UserHistory[]): Breach[] {
  if (!trial.mustAnswerAll) return [];
  const applied = new Set(histories.flatMap(({ entries }) => entries.map((entry) => entry.operation)));
  return trial.records.all
    .filter(({ isLost, call }) => isLost && !call.isKeyed && applied.has(call.operation))
    .map((recorded) => ({ rule: 'unanswered', detail: describe(recorded) }));
}

function describe({ userId, call, status, note }: Recorded): string {
  const { operation, amount, invokedMs, completedMs } = call;
  const took = Math.round(completedMs - invokedMs);
  return `${operation} (user ${userId}, ${amount}) at ${Math.round(invokedMs)} ms: ${status} ${note} after ${took} ms`;
}
