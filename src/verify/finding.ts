/**
 * What can be wrong with one user's money.
 * - `balance_mismatch`: the balance is not the sum of the entries.
 * - `broken_chain`: an entry does not start where the one before it ended; the first one not at 0.
 * - `version_gap`: versions do not run from 1 without a gap up to the user's version.
 * - `negative`: a balance, or an amount, out of its range; below zero or beyond 2^53-1.
 * - `orphan_entry`: entries of a user who does not exist.
 * - `malformed_refusal`: a recorded refusal that moves money, lacks its reason or was not due, or a change of nothing.
 * - `duplicate_operation`: one operation was applied twice.
 */
export const FINDING_KINDS = [
  'balance_mismatch',
  'broken_chain',
  'version_gap',
  'negative',
  'orphan_entry',
  'malformed_refusal',
  'duplicate_operation',
] as const;

export type FindingKind = (typeof FINDING_KINDS)[number];

/**
 * One disagreement of the ledger with itself. A user has at most one of each kind: the first in the order of versions.
 * Numbers are text, since a damaged table may hold some that a double does not.
 */
export interface Finding {
  readonly kind: FindingKind;
  readonly userId: string;
  /** Of the entry that disagrees, where it is one. */
  readonly version?: string;
  /** For a person: what is stored, and what it disagrees with. */
  readonly detail: string;
}
