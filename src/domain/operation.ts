declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** A user: an integer from 1 to 2^53-1. */
export type UserId = Brand<number, 'UserId'>;
/** A signed change in minor units, never 0, within ±(2^53-1). Negative withdraws, positive deposits. */
export type Amount = Brand<number, 'Amount'>;
/** What a user owns, in minor units: an integer from 0 to 2^53-1. */
export type Balance = Brand<number, 'Balance'>;
/** Counts the entries of one user: 0 before the first, then gapless. */
export type Version = Brand<number, 'Version'>;
/** A UUIDv7 in lower-case text form; its first 48 bits are the wall-clock ms at which the operation entered. */
export type OperationId = Brand<string, 'OperationId'>;

/** The largest balance, amount, id and version: the largest integer that JSON carries through a double. */
export const INTEGER_MAX = Number.MAX_SAFE_INTEGER;

/**
 * Ms kept back from the time a caller is given: an operation's deadline lies this much earlier, so that the verdict its
 * owner gives at the deadline can still travel one hop between workers and reach the caller in time.
 */
export const HOP_GRACE_MS = 100;

interface Addressed {
  readonly userId: UserId;
  /** Monotonic ms (see time/clock) by which the owner has answered. */
  readonly deadlineMs: number;
}

interface Mutation extends Addressed {
  readonly id: OperationId;
  /** The caller's Idempotency-Key, or null. */
  readonly idempotencyKey: string | null;
  /** True when an earlier send of this very operation may have been applied: its entry is looked for first. */
  readonly isRetry: boolean;
}

/** Adds `amount` to the balance of an existing user. */
export interface Change extends Mutation {
  readonly kind: 'change';
  readonly amount: Amount;
}

/** Creates a user with an opening balance. */
export interface Creation extends Mutation {
  readonly kind: 'create';
  readonly balance: Balance;
}

/** Asks for the committed balance of a user. */
export interface BalanceQuery extends Addressed {
  readonly kind: 'balance';
}

/** Asks for one page of a user's entries, newest first. */
export interface EntriesQuery extends Addressed {
  readonly kind: 'entries';
  /** Only versions below this one; null starts at the newest. */
  readonly before: Version | null;
  readonly limit: number;
  /** Lists recorded refusals too. */
  readonly withRefused: boolean;
}

export type Operation = Change | Creation | BalanceQuery | EntriesQuery;
