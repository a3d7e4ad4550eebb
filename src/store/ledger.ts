import type { Account, Entry, RecordedEntry } from '../domain/decide.ts';
import type { Creation, EntriesQuery, OperationId, UserId, Version } from '../domain/operation.ts';
import type { ListedEntry } from '../domain/outcome.ts';

/** What one round does to one user: `entries` lead from `expected` to `next` without a gap. */
export interface UserChange {
  readonly userId: UserId;
  readonly expected: Account;
  readonly next: Account;
  readonly entries: readonly Entry[];
}

/** A user's account and some of its entries, read at one instant. */
export interface Inspection {
  /** Null when there is no such user. */
  readonly account: Account | null;
  readonly entries: readonly RecordedEntry[];
}

/** Committed state, read on connections of its own, and free ids. Methods throw StoreError. */
export interface LedgerReader {
  /** The accounts of those users that exist. */
  load(userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, Account>>;
  /** Newest first, versions at most `upTo`. */
  listEntries(query: EntriesQuery, upTo: Version): Promise<readonly ListedEntry[]>;
  /** The next ids that no user has, at least one and at most `count`: an id is given out once. */
  allocateUserIds(count: number): Promise<readonly UserId[]>;
}

/**
 * The one session of a worker that changes the ledger. Methods throw StoreError; after `unknown` the session is gone
 * and the lease with it.
 */
export interface LedgerWriter {
  /**
   * Applies every change whose guard passes, in one transaction, and returns the users it changed, durably.
   * Each user appears at most once in a round. With `skipLocked`, users whose row somebody else holds are left out
   * instead of waited for.
   */
  apply(round: readonly UserChange[], options: { readonly skipLocked: boolean }): Promise<ReadonlySet<UserId>>;
  /**
   * Creates users, each with entry 1 unless its opening balance is 0 and there is no key, and returns those it created;
   * the others exist. Each user appears at most once.
   */
  create(creations: readonly Creation[]): Promise<ReadonlySet<UserId>>;
  /** The account, its entry at `version` and its entries under `keys`. */
  inspect(userId: UserId, version: Version, keys: readonly string[]): Promise<Inspection>;
  /** Of every creation's user that exists: the account, entry 1 and the entry under the creation's key. */
  inspectOpenings(creations: readonly Creation[]): Promise<ReadonlyMap<UserId, Inspection>>;
  /** Those of the operations that have an entry no older than `sinceMs` (wall-clock ms). */
  findOperations(userId: UserId, ids: readonly OperationId[], sinceMs: number): Promise<readonly RecordedEntry[]>;
  /** Returns once everything this session has seen committed is as durable as a synchronous commit makes it. */
  confirmDurable(): Promise<void>;
}

/** The right to answer from memory. It is held by the writer's session, so it ends with it. */
export interface Lease {
  /** True while nobody else can have changed this worker's users since the last acknowledged statement. */
  isFresh(): boolean;
  /** True while another launcher is known to serve this database: there is no use in waiting here. */
  isHeldElsewhere(): boolean;
  /** Resolves when the lease is held and fresh. */
  whenFresh(): Promise<void>;
  /** Calls back whenever the lease is lost: everything remembered is worthless from then on. */
  onLost(listener: () => void): void;
}

/** A key is kept in an entry, so a keyed creation has one even when it opens with nothing. */
export const hasOpeningEntry = (creation: Creation): boolean =>
  creation.balance > 0 || creation.idempotencyKey !== null;
