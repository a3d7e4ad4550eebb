import { type Amount, type Balance, type Change, INTEGER_MAX, type OperationId, type Version } from './operation.ts';
import type { RefusalCode } from './outcome.ts';

/** A user's money at one version of the ledger. */
export interface Account {
  readonly balance: Balance;
  readonly version: Version;
}

/**
 * One line of the ledger, as it is about to be written.
 * `refusal` is set on a recorded refusal only: then `amount` is 0 and `requested` is what the caller asked for.
 */
export interface Entry {
  readonly version: Version;
  readonly amount: number;
  readonly balance: Balance;
  readonly operationId: OperationId;
  readonly idempotencyKey: string | null;
  readonly refusal: { readonly code: RefusalCode; readonly requested: Amount } | null;
}

/** Where an entry comes from: a change through the service, the opening balance, or plain SQL on `users`. */
export type EntrySource = 'service' | 'opening' | 'sql';

/** An entry as it stands in the ledger. */
export interface RecordedEntry extends Entry {
  readonly source: EntrySource;
}

/**
 * - `accepted`: `entry` is to be written.
 * - `refused`: judged on `account`; `entry` records it when the caller gave a key.
 * - `duplicate`: an earlier change of the same batch is the same operation; its answer is this one's too.
 * - `key_reused`: an earlier change of the same batch has this key and another amount.
 */
export type Decision =
  | { readonly kind: 'accepted'; readonly entry: Entry }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly account: Account; readonly entry: Entry | null }
  | { readonly kind: 'duplicate'; readonly of: number }
  | { readonly kind: 'key_reused' };

export interface Decisions {
  /** One per change, in their order. */
  readonly decisions: readonly Decision[];
  /** What is to be written, versions gapless from `account.version + 1`. */
  readonly entries: readonly Entry[];
  /** The account after the last entry. */
  readonly next: Account;
}

/**
 * Decides the changes of one user in the order they arrived, each on the account the one before left behind.
 * Pure: nothing is applied until the entries are committed.
 */
export function decide(account: Account, changes: readonly Change[]): Decisions {
  // Most changes have no key and are sent once: no bookkeeping for them.
  const earlier = changes.some(mayBeRepeated) ? new EarlierChanges(changes) : null;
  const decisions: Decision[] = [];
  const entries: Entry[] = [];
  let next = account;
  for (const [index, change] of changes.entries()) {
    const decision = earlier?.repeatedBy(change, index) ?? decideOne(next, change);
    decisions.push(decision);
    const entry = decision.kind === 'accepted' || decision.kind === 'refused' ? decision.entry : null;
    if (entry === null) continue;
    entries.push(entry);
    next = { balance: entry.balance, version: entry.version };
  }
  return { decisions, entries, next };
}

const mayBeRepeated = (change: Change) => change.isRetry || change.idempotencyKey !== null;

function decideOne(account: Account, change: Change): Decision {
  const code = refusalOf(account.balance, change.amount);
  if (code === null) {
    // Exact: both are within ±(2^53-1) and the sum was just found to be within 0..2^53-1.
    const balance = (account.balance + change.amount) as Balance;
    return { kind: 'accepted', entry: entryOf(account, change, change.amount, balance, null) };
  }
  if (change.idempotencyKey === null) return { kind: 'refused', code, account, entry: null };
  const entry = entryOf(account, change, 0, account.balance, { code, requested: change.amount });
  return { kind: 'refused', code, account: { balance: entry.balance, version: entry.version }, entry };
}

/** Why `balance` cannot take `amount`, or null. Compares without adding, since a sum beyond 2^53 would be rounded. */
export function refusalOf(balance: number, amount: number): RefusalCode | null {
  if (amount < 0 && balance < -amount) return 'insufficient_funds';
  if (amount > 0 && balance > INTEGER_MAX - amount) return 'balance_limit_exceeded';
  return null;
}

function entryOf(account: Account, change: Change, amount: number, balance: Balance, refusal: Entry['refusal']): Entry {
  return {
    version: (account.version + 1) as Version,
    amount,
    balance,
    operationId: change.id,
    idempotencyKey: change.idempotencyKey,
    refusal,
  };
}

/** Finds the first change of a batch that a later one repeats, by key or, for a retry, by operation id. */
class EarlierChanges {
  readonly #changes: readonly Change[];
  readonly #indexByKey = new Map<string, number>();
  readonly #indexById: Map<OperationId, number> | null;

  constructor(changes: readonly Change[]) {
    this.#changes = changes;
    // Ids are made once and sent once, unless a peer sends again: no bookkeeping on the usual path.
    this.#indexById = changes.some((change) => change.isRetry) ? new Map() : null;
  }

  repeatedBy(change: Change, index: number): Decision | null {
    const sameId = this.#remember(this.#indexById, change.id, index);
    if (sameId !== null) return { kind: 'duplicate', of: sameId };
    const sameKey = this.#remember(this.#indexByKey, change.idempotencyKey, index);
    if (sameKey === null) return null;
    return this.#changes[sameKey]?.amount === change.amount
      ? { kind: 'duplicate', of: sameKey }
      : { kind: 'key_reused' };
  }

  #remember<K>(indexes: Map<K, number> | null, value: K | null, index: number): number | null {
    if (indexes === null || value === null) return null;
    const first = indexes.get(value);
    if (first === undefined) indexes.set(value, index);
    return first ?? null;
  }
}
