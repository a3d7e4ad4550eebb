import type { Account, RecordedEntry } from '../../src/domain/decide.ts';
import {
  type Balance,
  type Creation,
  type EntriesQuery,
  INTEGER_MAX,
  type OperationId,
  type UserId,
  type Version,
} from '../../src/domain/operation.ts';
import type { ListedEntry } from '../../src/domain/outcome.ts';
import {
  hasOpeningEntry,
  type Inspection,
  type LedgerReader,
  type LedgerWriter,
  type UserChange,
} from '../../src/store/ledger.ts';
import { StoreError, type StoreFailure } from '../../src/store/store-error.ts';

interface MemoryUser {
  account: Account;
  readonly entries: (RecordedEntry & { readonly createdAtMs: number })[];
}

/** How the next call of `apply` goes wrong; `applied`: after the change was made. */
export interface ApplyFault {
  readonly failure: StoreFailure;
  readonly applied: boolean;
}

/** A ledger in memory that keeps the contract of the store, and goes wrong when it is told to. */
export class MemoryLedger implements LedgerReader, LedgerWriter {
  readonly #users = new Map<UserId, MemoryUser>();
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
  #lastId = 0;

  addUser(id: number, balance: number): UserId {
    const userId = id as UserId;
    const account = { balance: balance as Balance, version: 0 as Version };
    this.#users.set(userId, { account, entries: [] });
    return userId;
  }

  account(userId: UserId): Account | undefined {
    return this.#users.get(userId)?.account;
  }

  entriesOf(userId: UserId): readonly RecordedEntry[] {
    return this.#users.get(userId)?.entries ?? [];
  }

  /** What the trigger on `users` does for a change by plain SQL. */
  changeFromOutside(userId: UserId, amount: number): void {
    const user = this.#users.get(userId);
    if (user === undefined) throw new Error(`no user ${userId}`);
    const balance = (user.account.balance + amount) as Balance;
    const version = (user.account.version + 1) as Version;
    const operationId = `outside-${version}` as OperationId;
    this.#write(user, { version, amount, balance, operationId, idempotencyKey: null, refusal: null, source: 'sql' });
  }

  async load(userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, Account>> {
    this.loads += 1;
    return new Map(
      userIds.flatMap((userId) => {
        const user = this.#users.get(userId);
        return user === undefined ? [] : [[userId, user.account] as const];
      }),
    );
  }

  async listEntries(query: EntriesQuery, upTo: Version): Promise<readonly ListedEntry[]> {
    const before = Math.min(query.before ?? INTEGER_MAX, upTo + 1);
    return (this.#users.get(query.userId)?.entries ?? [])
      .filter((entry) => entry.version < before && (query.withRefused || entry.refusal === null))
      .toReversed()
      .slice(0, query.limit)
      .map(({ version, amount, balance, operationId, createdAtMs, refusal }) => ({
        version,
        amount,
        balance,
        operationId,
        createdAt: new Date(createdAtMs).toISOString(),
        ...(refusal === null ? {} : { refused: refusal }),
      }));
  }

  async apply(round: readonly UserChange[], options: { readonly skipLocked: boolean }): Promise<ReadonlySet<UserId>> {
    await this.gate;
    const fault = this.applyFaults.shift();
    if (fault !== undefined && !fault.applied) throw new StoreError(fault.failure, 'planned, not applied');
    const isBlocked = round.some((change) => this.lockedUsers.has(change.userId));
    if (isBlocked && !options.skipLocked) throw new StoreError('locked', 'a row is locked', '55P03');
    this.appliedRounds.push(round);
    const changed = new Set(round.filter((change) => this.#applyOne(change)).map((change) => change.userId));
    this.onApplied();
    if (fault !== undefined) throw new StoreError(fault.failure, 'planned, applied');
    return changed;
  }

  async create(creation: Creation): Promise<boolean> {
    if (this.#users.has(creation.userId)) return false;
    const userId = this.addUser(creation.userId, creation.balance);
    const user = this.#users.get(userId);
    if (user === undefined || !hasOpeningEntry(creation)) return true;
    this.#write(user, {
      version: 1 as Version,
      amount: creation.balance,
      balance: creation.balance,
      operationId: creation.id,
      idempotencyKey: creation.idempotencyKey,
      refusal: null,
      source: 'opening',
    });
    return true;
  }

  async inspect(userId: UserId, version: Version, keys: readonly string[]): Promise<Inspection> {
    const user = this.#users.get(userId);
    if (user === undefined) return { account: null, entries: [] };
    const isAskedFor = (entry: RecordedEntry) =>
      entry.version === version || (entry.idempotencyKey !== null && keys.includes(entry.idempotencyKey));
    return { account: user.account, entries: user.entries.filter(isAskedFor) };
  }

  async findOperations(
    userId: UserId,
    ids: readonly OperationId[],
    sinceMs: number,
  ): Promise<readonly RecordedEntry[]> {
    const entries = this.#users.get(userId)?.entries ?? [];
    return entries.filter((entry) => entry.createdAtMs >= sinceMs && ids.includes(entry.operationId));
  }

  async confirmDurable(): Promise<void> {
    this.confirmations += 1;
  }

  async allocateUserId(): Promise<UserId> {
    do this.#lastId += 1;
    while (this.#users.has(this.#lastId as UserId));
    return this.#lastId as UserId;
  }

  #applyOne({ userId, expected, next, entries }: UserChange): boolean {
    const user = this.#users.get(userId);
    if (user === undefined || this.lockedUsers.has(userId) || user.account.version !== expected.version) return false;
    const balance = user.account.balance + next.balance - expected.balance;
    if (balance < 0 || balance > INTEGER_MAX) return false;
    const keys = new Set(user.entries.map((entry) => entry.idempotencyKey).filter((key) => key !== null));
    if (entries.some((entry) => entry.idempotencyKey !== null && keys.has(entry.idempotencyKey))) return false;
    for (const entry of entries) this.#write(user, { ...entry, source: 'service' });
    return true;
  }

  #write(user: MemoryUser, entry: RecordedEntry): void {
    user.entries.push({ ...entry, createdAtMs: Date.now() });
    user.account = { balance: entry.balance, version: entry.version };
  }
}
