/**
 * What was asked of one user and what was answered, as the callers saw it, and what the ledger says of it once all has
 * healed. Enough to judge the service from outside: nothing here comes from its memory.
 */
export interface UserHistory {
  readonly userId: number;
  /** The balance at version 0; what an opening entry brings is an entry like any other. */
  readonly openingBalance: number;
  readonly calls: readonly Call[];
  /** All entries of the user, in order of version. */
  readonly entries: readonly LedgerEntry[];
  /** As it is stored in the end. */
  readonly account: { readonly balance: number; readonly version: number };
}

/** One request, as its caller saw it. A request that is sent again is another call. */
export interface Call {
  /**
   * Names what the call asks for: the same for all calls under one Idempotency-Key, and otherwise the call's own. The
   * ledger's entries carry the same names, by key, by operation id, or by an amount that occurs once only.
   */
  readonly operation: string;
  /** True when it was sent under an Idempotency-Key. */
  readonly isKeyed: boolean;
  /** 0 asks for the balance. */
  readonly amount: number;
  /** Monotonic ms, before the first byte was sent. */
  readonly invokedMs: number;
  /** Monotonic ms, after the answer came or the connection was lost; Infinity when it was left open. */
  readonly completedMs: number;
  readonly result: CallResult;
}

/**
 * - `done`: changed, with the account after it.
 * - `refused`: judged on the account named.
 * - `read`: the account asked for.
 * - `not_applied`: certainly without effect (a 4xx that is no refusal, a 503).
 * - `unknown`: a 504, or a connection lost.
 */
export type CallResult =
  | {
      readonly kind: 'done';
      readonly operationId: string;
      readonly balance: number;
      readonly version: number;
      readonly replayed: boolean;
    }
  | {
      readonly kind: 'refused';
      readonly code: 'insufficient_funds' | 'balance_limit_exceeded';
      readonly balance: number;
      readonly version: number;
      readonly replayed: boolean;
    }
  | { readonly kind: 'read'; readonly balance: number; readonly version: number }
  | { readonly kind: 'not_applied' }
  | { readonly kind: 'unknown' };

export interface LedgerEntry {
  readonly version: number;
  /** 0 for a recorded refusal. */
  readonly amount: number;
  readonly balance: number;
  readonly operationId: string;
  /** The name of the operation it stands for; null when it is nobody's call: an opening, or plain SQL. */
  readonly operation: string | null;
  /** What a recorded refusal was asked for; null for a change. */
  readonly requested: number | null;
  /** Monotonic ms by which whoever wrote it by plain SQL knew it committed. A caller's own is in the call. */
  readonly committedByMs?: number;
}

/** What a history breaks, for a person: which rule, which user, which call or entry. */
export interface Violation {
  readonly rule: Rule;
  readonly userId: number;
  readonly detail: string;
}

/**
 * - `chain`: versions gapless from 1, each entry starts where the one before ended, the last is the stored balance.
 * - `negative`: a balance below 0 or above 2^53-1.
 * - `lost`: acknowledged, and no entry says so (or one that says something else).
 * - `doubled`: one operation, several entries.
 * - `phantom`: an entry for what was answered "not applied", for an unkeyed refusal, or for nobody.
 * - `replay`: two answers under one key that differ.
 * - `real_time`: an answer that was given before its version could be, or after a later one was seen.
 * - `false_refusal`: refused on a balance that would have covered it, or that was not current while the call was open.
 */
export type Rule = 'chain' | 'negative' | 'lost' | 'doubled' | 'phantom' | 'replay' | 'real_time' | 'false_refusal';
