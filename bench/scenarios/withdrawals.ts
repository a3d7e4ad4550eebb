import { WITHDRAWAL } from '../answers.ts';
import type { LoadResult } from '../load-protocol.ts';
import { type HttpSide, type HttpSideName, SERVICE, USUAL_DESIGN } from '../sides/side.ts';
import { percentile } from '../statistics.ts';
import type { Contestant, Figures, Generators, RunResult, Turn } from './scenario.ts';

/** Those who take part where an account is emptied. */
export const WITHDRAWING_SIDES: readonly HttpSideName[] = [
  SERVICE,
  USUAL_DESIGN,
  'express-pg',
  'express-noop',
  'node-http-noop',
];

export const COUNTED_COLUMNS = { wallMs: 'wall ms', requestsPerSecond: 'requests/s', p50Ms: 'p50 ms', p99Ms: 'p99 ms' };

export interface WithdrawalPlan {
  readonly connections: number;
  readonly withdrawals: number;
}

/** A side whose runs empty one account each; `planOf` tells how, for a warm-up or a measured run. */
export function withdrawing(
  side: HttpSide,
  load: Generators['load'],
  planOf: (isWarmUp: boolean) => WithdrawalPlan,
): Contestant {
  return { tail: side.tail, run: (turn) => withdrawHalf(side, load, planOf(turn.isWarmUp), turn) };
}

/** Withdraws 2, `withdrawals` times, from a new user who owns `withdrawals`: just enough for half of them. */
async function withdrawHalf(
  side: HttpSide,
  load: Generators['load'],
  { connections, withdrawals }: WithdrawalPlan,
  { onProgress }: Turn,
): Promise<RunResult> {
  const account = await side.createAccount(withdrawals);
  const order = {
    url: `${side.url}/api/users/update-balance`,
    body: JSON.stringify({ userId: account.userId, amount: -WITHDRAWAL }),
    connections,
    requests: withdrawals,
  };
  const result = await load.order(order, onProgress);
  const disagreements = await side.prove(account, result);
  return disagreements.length > 0
    ? { kind: 'disagreed', disagreements }
    : { kind: 'proven', points: [{ at: null, figures: figuresOf(result) }] };
}

function figuresOf({ wallMs, statuses, latenciesMs }: LoadResult): Figures {
  return {
    wallMs,
    requestsPerSecond: (statuses.length / wallMs) * 1000,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
  };
}
