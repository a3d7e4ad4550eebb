import type { Account, RecordedEntry } from '../../src/domain/decide.ts';
import type { Balance, Creation, EntriesQuery, OperationId, UserId, Version } from '../../src/domain/operation.ts';
import type { ListedEntry } from '../../src/domain/outcome.ts';
import type { Inspection, LedgerReader, LedgerWriter, UserChange } from '../../src/store/ledger.ts';
import { StoreError, type StoreFailure } from '../../src/store/store-error.ts';
import { LedgerTables } from './ledger-tables.ts';

/** How the next call of `apply` goes wrong; `applied`: after the change was made. */
export interface ApplyFault {
  readonly failure: StoreFailure;
  readonly applied: boolean;
}

/** A ledger in memory that keeps the contract of the store, and goes wrong when it is told to. */
export class MemoryLedger implements LedgerReader, LedgerWriter {
  readonly #tables = new LedgerTables(Date.now);
  readonly lockedUsers = new Set<UserId>();
  /** Taken from the front, one for each call of `apply`. */
  readonly applyFaults: ApplyFault[] = [];
  readonly appliedRounds: (readonly UserChange[])[] = [];
  loads = 0;
  confirmations = 0;
  /** Awaited by every call of `apply` before it does anything. */
  gate: Promise<void> = Promise.resolve();
  /** Called after a round was applied, before its answer is given. */
  onApplied = (): void => undefined;

  addUser(id: number, balance: number): UserId {
    this.#tables.addUser(id as UserId, balance as Balance);
    return id as UserId;
  }

  get userIds(): readonly UserId[] {
    return this.#tables.userIds;
  }

  account(userId: UserId): Account | undefined {
    return this.#tables.account(userId);
  }

  entriesOf(userId: UserId): readonly RecordedEntry[] {
    return this.#tables.entriesOf(userId);
  }

  /** What the trigger on `users` does for a change by plain SQL. */
  changeFromOutside(userId: UserId, amount: number): void {
    if (!this.#tables.changeFromOutside(userId, amount)) throw new Error('the CHECK refuses this balance');
  }

  async load(userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, Account>> {
    this.loads += 1;
    return this.#tables.load(userIds);
  }

  async listEntries(query: EntriesQuery, upTo: Version): Promise<readonly ListedEntry[]> {
    return this.#tables.listEntries(query, upTo);
  }

  async apply(round: readonly UserChange[], options: { readonly skipLocked: boolean }): Promise<ReadonlySet<UserId>> {
    await this.gate;
    const fault = this.applyFaults.shift();
    if (fault !== undefined && !fault.applied) throw new StoreError(fault.failure, 'planned, not applied');
    const isBlocked = round.some((change) => this.lockedUsers.has(change.userId));
    if (isBlocked && !options.skipLocked) throw new StoreError('locked', 'a row is locked', '55P03');
    this.appliedRounds.push(round);
    const free = round.filter((change) => !this.lockedUsers.has(change.userId));
    const changed = new Set(free.filter((change) => this.#tables.apply(change)).map((change) => change.userId));
    this.onApplied();
    if (fault !== undefined) throw new StoreError(fault.failure, 'planned, applied');
    return changed;
  }

  async create(creations: readonly Creation[]): Promise<ReadonlySet<UserId>> {
    return this.#tables.createAll(creations);
  }

  async inspect(userId: UserId, version: Version, keys: readonly string[]): Promise<Inspection> {
    return this.#tables.inspect(userId, version, keys);
  }

  async inspectOpenings(creations: readonly Creation[]): Promise<ReadonlyMap<UserId, Inspection>> {
    return this.#tables.inspectOpenings(creations);
  }

  async findOperations(
    userId: UserId,
    ids: readonly OperationId[],
    sinceMs: number,
  ): Promise<readonly RecordedEntry[]> {
    return this.#tables.findOperations(userId, ids, sinceMs);
  }

  async confirmDurable(): Promise<void> {
    this.confirmations += 1;
  }

  async allocateUserIds(count: number): Promise<readonly UserId[]> {
    return this.#tables.allocateUserIds(count);
  }
}
