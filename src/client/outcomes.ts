// All amounts, balances and ids are integers within ±(2^53-1); money is in minor units.

/** The change is committed. */
export interface ChangeDone {
  readonly kind: 'done';
  readonly userId: number;
  readonly amount: number;
  /** After this change. */
  readonly balance: number;
  /** The entry of this change: entries of one user are counted without a gap. */
  readonly version: number;
  readonly operationId: string;
  readonly idempotencyKey: string;
  /** True when an earlier sending with this key had been applied, be it by this call or by one before. */
  readonly replayed: boolean;
}

/** The change was refused for good: sent again with this key it is refused again. */
export interface ChangeRefused {
  readonly kind: 'refused';
  readonly code: 'insufficient_funds' | 'balance_limit_exceeded';
  readonly userId: number;
  readonly amount: number;
  /** What the refusal rests on: a committed balance, and its version. */
  readonly balance: number;
  readonly version: number;
  readonly idempotencyKey: string;
  readonly replayed: boolean;
}

/** No user has this id. Of a change this is not recorded: sent again with its key it is done, once there is the user. */
export interface UserNotFound {
  readonly kind: 'user_not_found';
  readonly userId: number;
}

export type ChangeOutcome = ChangeDone | ChangeRefused | UserNotFound;

export interface BalanceRead {
  readonly kind: 'balance';
  readonly userId: number;
  readonly balance: number;
  /** 0 before the first entry. */
  readonly version: number;
}

export type BalanceOutcome = BalanceRead | UserNotFound;

export interface UserCreated {
  readonly kind: 'created';
  readonly userId: number;
  readonly balance: number;
  readonly version: number;
  readonly replayed: boolean;
}

/** Somebody else has created the user, or it was created under another key. It was not changed. */
export interface UserExists {
  readonly kind: 'user_exists';
  readonly userId: number;
}

export type CreationOutcome = UserCreated | UserExists;

/** One line of the ledger. */
export interface LedgerEntry {
  readonly version: number;
  /** 0 for a recorded refusal. */
  readonly amount: number;
  readonly balance: number;
  readonly operationId: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Present on a recorded refusal only: what was asked for and why it was refused. */
  readonly refused?: { readonly requested: number; readonly code: ChangeRefused['code'] };
}

export interface EntriesPage {
  readonly kind: 'entries';
  /** From the newest to the oldest. */
  readonly entries: readonly LedgerEntry[];
  /** The `before` of the next page, or null on the last one. */
  readonly nextBefore: number | null;
}

export type EntriesOutcome = EntriesPage | UserNotFound;
