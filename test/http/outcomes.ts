import type { Amount, Balance, Operation, OperationId, UserId, Version } from '../../src/domain/operation.ts';
import type { BalanceRead, Changed, Created, EntriesRead, RefusalCode, Refused } from '../../src/domain/outcome.ts';

export const SOME_ID = '0198c0de-0000-7000-8000-000000000000' as OperationId;

export const changed = (fields: { amount?: number; replayed?: boolean } = {}): Changed => ({
  kind: 'changed',
  userId: 7 as UserId,
  amount: (fields.amount ?? -2) as Amount,
  balance: 98 as Balance,
  version: 3 as Version,
  operationId: SOME_ID,
  replayed: fields.replayed ?? false,
});

export const refused = (code: RefusalCode, amount: number, replayed = false): Refused => ({
  kind: 'refused',
  code,
  userId: 7 as UserId,
  amount: amount as Amount,
  balance: 1 as Balance,
  version: 4 as Version,
  replayed,
});

export const created = (userId: number, replayed = false): Created => ({
  kind: 'created',
  userId: userId as UserId,
  balance: 50 as Balance,
  version: 1 as Version,
  replayed,
});

export const balanceRead: BalanceRead = {
  kind: 'balance',
  userId: 7 as UserId,
  balance: 98 as Balance,
  version: 3 as Version,
};

export const entriesRead: EntriesRead = {
  kind: 'entries',
  entries: [
    {
      version: 5 as Version,
      amount: 0,
      balance: 98 as Balance,
      operationId: SOME_ID,
      createdAt: '2026-01-02T03:04:05.678Z',
      refused: { requested: -500 as Amount, code: 'insufficient_funds' },
    },
    {
      version: 4 as Version,
      amount: -2,
      balance: 98 as Balance,
      operationId: SOME_ID,
      createdAt: '2026-01-02T03:04:05.000Z',
    },
  ],
  nextBefore: 4 as Version,
};

/** An outcome that fits the operation, for tests that are not about outcomes. */
export function fittingOutcome(operation: Operation) {
  switch (operation.kind) {
    case 'change':
      return changed({ amount: operation.amount });
    case 'create':
      return created(operation.userId);
    case 'balance':
      return balanceRead;
    case 'entries':
      return entriesRead;
  }
}
