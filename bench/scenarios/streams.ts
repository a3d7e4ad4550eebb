import { serverCpuMs } from '../cpu-time.ts';
import { type Expected, type HttpSide, type HttpSideName, SERVICE, USUAL_DESIGN } from '../sides/side.ts';
import { percentiles } from '../statistics.ts';
import type { StreamPlan, StreamResult, Users } from '../stream/plan.ts';
import type { Contestant, Figures, Generators, RunResult, Scenario, Turn } from './scenario.ts';

/** Those who take part where many withdraw. */
export const ALL_SIDES: readonly HttpSideName[] = [
  SERVICE,
  USUAL_DESIGN,
  'express-pg',
  'drizzle',
  'select-for-update',
  'express-noop',
  'node-http-noop',
];
/** A few of each kind, where the others would tell nothing new. */
export const FEW_SIDES: readonly HttpSideName[] = [SERVICE, USUAL_DESIGN, 'express-noop', 'node-http-noop'];
export const BASELINES: Scenario['baselines'] = [USUAL_DESIGN, 'express-noop', 'node-http-noop'];

export const STREAM_COLUMNS = { requestsPerSecond: 'requests/s', p50Ms: 'p50 ms', p99Ms: 'p99 ms', p999Ms: 'p99.9 ms' };
export const CONNECTIONS = 64;
/** Nobody withdraws that much in a run. */
export const PLENTY = 1_000_000_000_000;
/** Users who fit into any cache, and are too many for one round of the service. */
export const MANY_USERS = 20_000;

/** A stream that the runs of a side repeat; what is left out is a closed loop of withdrawals until the time is up. */
export type StreamForm = Pick<StreamPlan, 'users' | 'connections' | 'durationMs'> & Partial<StreamPlan>;

export interface StreamRun {
  readonly form: StreamForm;
  readonly expected: Expected;
  readonly onProgress: (share: number) => void;
}

export interface ServedStream extends StreamResult {
  /** Processor time of the server and its children meanwhile; NaN where the system does not tell. */
  readonly serverCpuMs: number;
}

export type StreamOutcome =
  | { readonly kind: 'proven'; readonly result: ServedStream }
  | { readonly kind: 'disagreed'; readonly disagreements: readonly string[] };

/** Sends one stream to a side, and proves what it did. */
export async function sendProven(
  side: HttpSide,
  stream: Generators['stream'],
  { form, expected, onProgress }: StreamRun,
): Promise<StreamOutcome> {
  const prove = await side.watch(form.users, expected);
  const defaults = {
    url: side.url,
    choice: 'uniform',
    readShare: 0,
    itemsPerRequest: null,
    ratePerS: null,
    leadInMs: 0,
    requestsMax: Infinity,
  } as const;
  const before = await serverCpuMs(side.pid);
  const result = await stream.order({ ...defaults, ...form }, onProgress);
  const cpuMs = (await serverCpuMs(side.pid)) - before;
  const disagreements = await prove(result);
  if (disagreements.length > 0) return { kind: 'disagreed', disagreements };
  return { kind: 'proven', result: { ...result, serverCpuMs: cpuMs } };
}

/** A side whose runs send one stream each. A warm-up takes half as long. */
export function streaming(
  side: HttpSide,
  stream: Generators['stream'],
  expected: Expected,
  formOf: (turn: Turn) => Promise<StreamForm>,
  measure: (result: ServedStream) => Figures = figuresOf,
): Contestant {
  return {
    tail: side.tail,
    async run(turn): Promise<RunResult> {
      const asked = await formOf(turn);
      const form = turn.isWarmUp ? { ...asked, durationMs: asked.durationMs / 2 } : asked;
      const outcome = await sendProven(side, stream, { form, expected, onProgress: turn.onProgress });
      if (outcome.kind === 'disagreed') return outcome;
      return { kind: 'proven', points: [{ at: null, figures: measure(outcome.result) }] };
    },
  };
}

/** Lets the service load these users; peers remember nobody. */
export async function warm(side: HttpSide, stream: Generators['stream'], users: Users): Promise<void> {
  if (side.name !== SERVICE) return;
  const form = { users, choice: 'in-turn', readShare: 1, requestsMax: users.count } as const;
  const long = { connections: CONNECTIONS, durationMs: 600_000 };
  const outcome = await sendProven(side, stream, {
    form: { ...form, ...long },
    expected: 'accepted',
    onProgress: () => undefined,
  });
  if (outcome.kind === 'disagreed') throw new Error(`Users could not be read: ${outcome.disagreements.join('; ')}`);
}

/** An operation is a read or a change; a batch is as many as its items. */
export function figuresOf({ wallMs, latenciesMs, outcomes, serverCpuMs: cpuMs }: ServedStream): Figures {
  const [p50Ms, p90Ms, p99Ms, p999Ms, maxMs] = percentiles(latenciesMs, [0.5, 0.9, 0.99, 0.999, 1]);
  const requests = latenciesMs.length;
  const operations = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  return {
    requests,
    wallMs,
    requestsPerSecond: (requests / wallMs) * 1000,
    cpuUsPerOperation: (cpuMs / operations) * 1000,
    ...{ p50Ms: p50Ms ?? 0, p90Ms: p90Ms ?? 0, p99Ms: p99Ms ?? 0, p999Ms: p999Ms ?? 0, maxMs: maxMs ?? 0 },
  };
}
