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
import { hasOpeningEntry, type Inspection, type UserChange } from '../../src/store/ledger.ts';

export type StoredEntry = RecordedEntry & { readonly createdAtMs: number };

interface UserRow {
  account: Account;
  readonly entries: StoredEntry[];
  readonly byKey: Map<string, StoredEntry>;
}

/** The tables of the ledger, with the guard and the triggers of the real ones: every call is one committed statement. */
export class LedgerTables {
  readonly #users = new Map<UserId, UserRow>();
  readonly #wallNow: () => number;
  #lastId = 0;

  constructor(wallNow: () => number) {
    this.#wallNow = wallNow;
  }

  /** A user without any entry. */
  addUser(userId: UserId, balance: Balance): void {
    const account = { balance, version: 0 as Version };
    this.#users.set(userId, { account, entries: [], byKey: new Map() });
  }

  get userIds(): readonly UserId[] {
    return [...this.#users.keys()];
  }

  account(userId: UserId): Account | undefined {
    return this.#users.get(userId)?.account;
  }

  entriesOf(userId: UserId): readonly StoredEntry[] {
    return this.#users.get(userId)?.entries ?? [];
  }

  /** The guarded UPDATE of one user, and the entries. True when the guard let it pass. */
  apply(change: UserChange): boolean {
    if (!this.passesGuard(change)) return false;
    const account = this.account(change.userId) as Account;
    const balance = (account.balance + change.next.balance - change.expected.balance) as Balance;
    const version = (account.version + change.next.version - change.expected.version) as Version;
    for (const entry of change.entries) this.append(change.userId, { ...entry, source: 'service' });
    this.#row(change.userId).account = { balance, version };
    return true;
  }

  protected passesGuard(change: UserChange): boolean {
    return (
      this.account(change.userId)?.version === change.expected.version &&
      this.staysInRange(change) &&
      this.hasNewKeys(change)
    );
  }

  protected staysInRange({ userId, expected, next }: UserChange): boolean {
    const account = this.account(userId);
    if (account === undefined) return false;
    const balance = account.balance + next.balance - expected.balance;
    return balance >= 0 && balance <= INTEGER_MAX;
  }

  protected hasNewKeys({ userId, entries }: UserChange): boolean {
    const { byKey } = this.#row(userId);
    return !entries.some((entry) => byKey.has(entry.idempotencyKey ?? ''));
  }

  protected append(userId: UserId, entry: RecordedEntry): void {
    const { entries, byKey } = this.#row(userId);
    const stored = { ...entry, createdAtMs: this.#wallNow() };
    entries.push(stored);
    if (entry.idempotencyKey !== null) byKey.set(entry.idempotencyKey, stored);
  }

  /** What the trigger on `users` does for a change by plain SQL. False when the CHECK refuses it. */
  changeFromOutside(userId: UserId, amount: number): boolean {
    const { account } = this.#row(userId);
    const balance = (account.balance + amount) as Balance;
    if (balance < 0 || balance > INTEGER_MAX) return false;
    const version = (account.version + 1) as Version;
    const operationId = `outside-${version}` as OperationId;
    this.#write(userId, { version, amount, balance, operationId, idempotencyKey: null, refusal: null, source: 'sql' });
    return true;
  }

  /** The users that did not exist. */
  createAll(creations: readonly Creation[]): ReadonlySet<UserId> {
    return new Set(creations.filter((creation) => this.create(creation)).map((creation) => creation.userId));
  }

  /** False when the user exists. */
  create(creation: Creation): boolean {
    const { userId, balance, id: operationId, idempotencyKey } = creation;
    if (this.#users.has(userId)) return false;
    this.addUser(userId, balance);
    if (hasOpeningEntry(creation)) {
      const version = 1 as Version;
      this.#write(userId, {
        version,
        amount: balance,
        balance,
        operationId,
        idempotencyKey,
        refusal: null,
        source: 'opening',
      });
    }
    return true;
  }

  load(userIds: readonly UserId[]): ReadonlyMap<UserId, Account> {
    return new Map(
      userIds.flatMap((userId) => {
        const account = this.account(userId);
        return account === undefined ? [] : [[userId, account] as const];
      }),
    );
  }

  inspect(userId: UserId, version: Version, keys: readonly string[]): Inspection {
    const user = this.#users.get(userId);
    if (user === undefined) return { account: null, entries: [] };
    const isAskedFor = (entry: RecordedEntry) =>
      entry.version === version || (entry.idempotencyKey !== null && keys.includes(entry.idempotencyKey));
    return { account: user.account, entries: user.entries.filter(isAskedFor) };
  }

  inspectOpenings(creations: readonly Creation[]): ReadonlyMap<UserId, Inspection> {
    const inspect = ({ userId, idempotencyKey }: Creation) =>
      [userId, this.inspect(userId, 1 as Version, idempotencyKey === null ? [] : [idempotencyKey])] as const;
    return new Map(creations.map(inspect));
  }

  findOperations(userId: UserId, ids: readonly OperationId[], sinceMs: number): readonly RecordedEntry[] {
    return this.entriesOf(userId).filter((entry) => entry.createdAtMs >= sinceMs && ids.includes(entry.operationId));
  }

  listEntries(query: EntriesQuery, upTo: Version): readonly ListedEntry[] {
    const before = Math.min(query.before ?? INTEGER_MAX, upTo + 1);
    return this.entriesOf(query.userId)
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

  allocateUserIds(count: number): readonly UserId[] {
    return Array.from({ length: count }, () => {
      do this.#lastId += 1;
      while (this.#users.has(this.#lastId as UserId));
      return this.#lastId as UserId;
    });
  }

  #write(userId: UserId, entry: RecordedEntry): void {
    this.append(userId, entry);
    this.#row(userId).account = { balance: entry.balance, version: entry.version };
  }

  #row(userId: UserId): UserRow {
    const row = this.#users.get(userId);
    if (row === undefined) throw new Error(`no user ${userId}`);
    return row;
  }
}
