// A program that uses the installed package. It is compiled there, so it may import nothing else.
import {
  type BalanceClient,
  BalanceClientError,
  type BalanceClientOptions,
  type ChangeOutcome,
  ChangesUnsettledError,
  type LedgerEntry,
} from 'highload-user-balance/client';

export const options: BalanceClientOptions = { baseUrl: 'http://127.0.0.1:3000', credentials: async () => 'token' };

export function describe(outcome: ChangeOutcome): string {
  switch (outcome.kind) {
    case 'done':
      return `${outcome.operationId}: ${outcome.balance}`;
    case 'refused':
      return outcome.code;
    case 'user_not_found':
      return `no user ${outcome.userId}`;
    default:
      return outcome satisfies never;
  }
}

export async function useAll(client: BalanceClient, signal: AbortSignal): Promise<readonly LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  try {
    await client.createUser({ userId: 1, balance: 5 }, { signal });
    await client.changeMany([{ userId: 1, amount: 1 }], { timeoutMs: 1000 });
    for await (const entry of client.walkEntries(1, { refused: true })) entries.push(entry);
    // @ts-expect-error: an amount is a number
    await client.change({ userId: 1, amount: '1' });
  } catch (error) {
    if (error instanceof ChangesUnsettledError) console.log(error.outcomes.map(({ kind }) => kind));
    else if (error instanceof BalanceClientError) console.log(error.code, error.mayBeApplied, error.idempotencyKey);
  }
  return entries;
}
