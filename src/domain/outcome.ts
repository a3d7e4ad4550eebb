import type { Amount, Balance, Operation, OperationId, UserId, Version } from './operation.ts';

/** Why a change was refused, judged against a committed balance. */
export type RefusalCode = 'insufficient_funds' | 'balance_limit_exceeded';

/** Why an operation could not be meant for this user. */
export type RejectionCode = 'user_not_found' | 'user_exists' | 'idempotency_key_reused';

/**
 * Why there is no verdict. All but `outcome_unknown` promise that nothing was applied.
 * - `overloaded`: a queue was full, or the operation was still waiting at its deadline.
 * - `not_ready`: the owner could not reach the database, or does not hold its lease.
 * - `internal`: the database refused the operation for a reason that is a defect of ours.
 * - `outcome_unknown`: it may or may not have been applied; a retry with the same key tells.
 */
export type FailureCode = 'overloaded' | 'not_ready' | 'internal' | 'outcome_unknown';

export interface Changed {
  readonly kind: 'changed';
  readonly userId: UserId;
  readonly amount: Amount;
  readonly balance: Balance;
  readonly version: Version;
  readonly operationId: OperationId;
  /** True when this is the first answer given again for an Idempotency-Key. */
  readonly replayed: boolean;
}

/** `balance` and `version` are what the refusal rests on; for a recorded refusal, those of its entry. */
export interface Refused {
  readonly kind: 'refused';
  readonly code: RefusalCode;
  readonly userId: UserId;
  readonly amount: Amount;
  readonly balance: Balance;
  readonly version: Version;
  readonly replayed: boolean;
}

export interface Created {
  readonly kind: 'created';
  readonly userId: UserId;
  readonly balance: Balance;
  readonly version: Version;
  readonly replayed: boolean;
}

export interface BalanceRead {
  readonly kind: 'balance';
  readonly userId: UserId;
  readonly balance: Balance;
  readonly version: Version;
}

/** One line of the ledger as a caller sees it. */
export interface ListedEntry {
  readonly version: Version;
  readonly amount: number;
  readonly balance: Balance;
  readonly operationId: OperationId;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Present on a recorded refusal only: what was asked for and why it was refused. */
  readonly refused?: { readonly requested: Amount; readonly code: RefusalCode };
}

export interface EntriesRead {
  readonly kind: 'entries';
  readonly entries: readonly ListedEntry[];
  /** The `before` of the next page, or null on the last one. */
  readonly nextBefore: Version | null;
}

export interface Rejected {
  readonly kind: 'rejected';
  readonly code: RejectionCode;
}

export interface Failed {
  readonly kind: 'failed';
  readonly code: FailureCode;
}

/** Every way an operation can end. Plain data: it travels between workers. */
export type Outcome = Changed | Refused | Created | BalanceRead | EntriesRead | Rejected | Failed;

export const failed = (code: FailureCode): Failed => ({ kind: 'failed', code });
export const rejected = (code: RejectionCode): Rejected => ({ kind: 'rejected', code });

/** The failure of an operation that was not begun here. Of a retry, an earlier sending may have been applied elsewhere. */
export function notBegun(operation: Operation, code: 'overloaded' | 'not_ready'): Failed {
  const mayBeApplied = (operation.kind === 'change' || operation.kind === 'create') && operation.isRetry;
  return failed(mayBeApplied ? 'outcome_unknown' : code);
}
