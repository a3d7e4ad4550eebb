import { childrenCpuMs } from '../cpu-time.ts';
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
  /** Awaited when all is answered, before anything is proven. */
  readonly onAnswered?: () => Promise<void>;
}

export type StreamOutcome =
  | { readonly kind: 'proven'; readonly result: StreamResult }
  | { readonly kind: 'disagreed'; readonly disagreements: readonly string[] };

/** Sends one stream to a side, and proves what it did. */
export async function sendProven(
  side: HttpSide,
  stream: Generators['stream'],
  { form, expected, onProgress, onAnswered }: StreamRun,
): Promise<StreamOutcome> {
  const prove = await side.watch(form.users, expected);
  const defaults = {
    url: side.url,
    choice: 'uniform',
    readShare: 0,
    itemsPerRequest: null,
    ratePerS: null,
    requestsMax: Infinity,
  } as const;
  const result = await stream.order({ ...defaults, ...form }, onProgress);
  await onAnswered?.();
  const disagreements = await prove(result);
  return disagreements.length > 0 ? { kind: 'disagreed', disagreements } : { kind: 'proven', result };
}

/** Sends one stream to a server that works in child processes, and measures their processor time too where it can. */
export async function sendMeasured(
  side: HttpSide,
  stream: Generators['stream'],
  run: Omit<StreamRun, 'onAnswered'>,
): Promise<{ readonly kind: 'measured'; readonly figures: Figures } | Extract<StreamOutcome, { kind: 'disagreed' }>> {
  const before = await childrenCpuMs(side.pid);
  let after: number | null = null;
  const onAnswered = async () => {
    after = await childrenCpuMs(side.pid);
  };
  const outcome = await sendProven(side, stream, { ...run, onAnswered });
  if (outcome.kind === 'disagreed') return outcome;
  const figures = figuresOf(outcome.result);
  if (before === null || after === null) return { kind: 'measured', figures };
  const cpuUsPerOperation = ((after - before) / outcome.result.latenciesMs.length) * 1000;
  return { kind: 'measured', figures: { ...figures, cpuUsPerOperation } };
}

/** A side whose runs send one stream each. A warm-up takes half as long. */
export function streaming(
  side: HttpSide,
  stream: Generators['stream'],
  expected: Expected,
  formOf: (turn: Turn) => Promise<StreamForm>,
  measure: (result: StreamResult) => Figures = figuresOf,
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

export function figuresOf({ wallMs, latenciesMs }: StreamResult): Figures {
  const [p50Ms, p90Ms, p99Ms, p999Ms, maxMs] = percentiles(latenciesMs, [0.5, 0.9, 0.99, 0.999, 1]);
  const requests = latenciesMs.length;
  return {
    requests,
    wallMs,
    requestsPerSecond: (requests / wallMs) * 1000,
    ...{ p50Ms: p50Ms ?? 0, p90Ms: p90Ms ?? 0, p99Ms: p99Ms ?? 0, p999Ms: p999Ms ?? 0, maxMs: maxMs ?? 0 },
  };
}
