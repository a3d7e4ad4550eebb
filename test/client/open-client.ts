import { BalanceClient, BalanceClientError, type BalanceClientOptions } from '../../src/client/balance-client.ts';
import { ChanceClock, passTime } from './pass-time.ts';
import { json, ScriptedFetch, type Step } from './scripted-fetch.ts';

export const ID = '0198c0de-0000-7000-8000-000000000000';
/** The answer to the change of `openClient`. */
export const done: Step = json(200, { userId: 7, amount: -2, balance: 98, version: 3, operationId: ID });

/** A client whose attempts end as the steps say, and whose time passes by itself. */
export function openClient(steps: readonly Step[], options: Partial<BalanceClientOptions> = {}) {
  const clock = new ChanceClock();
  const script = new ScriptedFetch(steps, () => clock.now());
  const client = new BalanceClient({ baseUrl: 'http://balances.test', fetch: script.fetch, clock, ...options });
  const change = (call = {}) => passTime(clock, client.change({ userId: 7, amount: -2, idempotencyKey: 'k' }, call));
  return { clock, script, client, change };
}

/** The error that the work ends with. */
export async function failure(work: Promise<unknown>): Promise<BalanceClientError> {
  const error = await work.catch((reason: unknown) => reason);
  if (error instanceof BalanceClientError) return error;
  throw new TypeError('it does not fail as a client does', { cause: error });
}
