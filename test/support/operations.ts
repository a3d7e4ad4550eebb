import type {
  Amount,
  Balance,
  BalanceQuery,
  Change,
  Creation,
  EntriesQuery,
  OperationId,
  UserId,
  Version,
} from '../../src/domain/operation.ts';
import { createOperationIds } from '../../src/http/operation-id.ts';
import { systemClock } from '../../src/time/clock.ts';

export const nextOperationId: () => OperationId = createOperationIds(systemClock);

const TIMEOUT_MS = 5000;

export function aChange(
  userId: number,
  amount: number,
  options: { readonly key?: string; readonly id?: OperationId; readonly isRetry?: boolean; timeoutMs?: number } = {},
): Change {
  return {
    kind: 'change',
    id: options.id ?? nextOperationId(),
    userId: userId as UserId,
    amount: amount as Amount,
    idempotencyKey: options.key ?? null,
    isRetry: options.isRetry ?? false,
    deadlineMs: systemClock.now() + (options.timeoutMs ?? TIMEOUT_MS),
  };
}

export function aCreation(
  userId: number,
  balance: number,
  options: { readonly key?: string; readonly id?: OperationId; readonly isRetry?: boolean } = {},
): Creation {
  return {
    kind: 'create',
    id: options.id ?? nextOperationId(),
    userId: userId as UserId,
    balance: balance as Balance,
    idempotencyKey: options.key ?? null,
    isRetry: options.isRetry ?? false,
    deadlineMs: systemClock.now() + TIMEOUT_MS,
  };
}

export const aBalanceQuery = (userId: number): BalanceQuery => ({
  kind: 'balance',
  userId: userId as UserId,
  deadlineMs: systemClock.now() + TIMEOUT_MS,
});

export const anEntriesQuery = (userId: number, page: Partial<EntriesQuery> = {}): EntriesQuery => ({
  kind: 'entries',
  userId: userId as UserId,
  deadlineMs: systemClock.now() + TIMEOUT_MS,
  before: null as Version | null,
  limit: 100,
  withRefused: false,
  ...page,
});
