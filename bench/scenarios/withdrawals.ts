import { WITHDRAWAL } from '../answers.ts';
import type { LoadResult } from '../load-protocol.ts';
import { percentile } from '../statistics.ts';
import type { Figures, RunResult, Stage } from './scenario.ts';

/** Withdraws 2, `withdrawals` times, from a new user who owns `withdrawals`: just enough for half of them. */
export async function withdrawHalf(stage: Stage, connections: number): Promise<RunResult> {
  const { side, load, withdrawals, onProgress } = stage;
  const account = await side.createAccount(withdrawals);
  const order = {
    url: `${side.url}/api/users/update-balance`,
    body: JSON.stringify({ userId: account.userId, amount: -WITHDRAWAL }),
    connections,
    requests: withdrawals,
  };
  const result = await load.fire(order, onProgress);
  const disagreements = await side.prove(account, result);
  return disagreements.length > 0
    ? { kind: 'disagreed', disagreements }
    : { kind: 'proven', figures: figuresOf(result) };
}

function figuresOf({ wallMs, statuses, latenciesMs }: LoadResult): Figures {
  return {
    wallMs,
    requestsPerSecond: (statuses.length / wallMs) * 1000,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
  };
}
