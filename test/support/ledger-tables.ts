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

  /** True when the guard let the change pass. */
  apply({ userId, expected, next, entries }: UserChange): boolean {
    const user = this.#users.get(userId);
    if (user === undefined || user.account.version !== expected.version) return false;
    const balance = user.account.balance + next.balance - expected.balance;
    if (balance < 0 || balance > INTEGER_MAX) return false;
    if (entries.some((entry) => user.byKey.has(entry.idempotencyKey ?? ''))) return false;
    for (const entry of entries) this.write(userId, { ...entry, source: 'service' });
    return true;
  }

  /** What the trigger on `users` does for a change by plain SQL. False when the CHECK refuses it. */
  changeFromOutside(userId: UserId, amount: number): boolean {
    const account = this.account(userId);
    if (account === undefined) throw new Error(`no user ${userId}`);
    const balance = (account.balance + amount) as Balance;
    if (balance < 0 || balance > INTEGER_MAX) return false;
    const version = (account.version + 1) as Version;
    const operationId = `outside-${version}` as OperationId;
    this.write(userId, { version, amount, balance, operationId, idempotencyKey: null, refusal: null, source: 'sql' });
    return true;
  }

  /** False when the user exists. */
  create(creation: Creation): boolean {
    const { userId, balance, id: operationId, idempotencyKey } = creation;
    if (this.#users.has(userId)) return false;
    this.addUser(userId, balance);
    if (hasOpeningEntry(creation)) {
      const version = 1 as Version;
      this.write(userId, {
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

  allocateUserId(): UserId {
    do this.#lastId += 1;
    while (this.#users.has(this.#lastId as UserId));
    return this.#lastId as UserId;
  }

  /** Writes an entry and what it makes of the account, whatever that is. */
  write(userId: UserId, entry: RecordedEntry): void {
    const user = this.#users.get(userId);
    if (user === undefined) throw new Error(`no user ${userId}`);
    const stored = { ...entry, createdAtMs: this.#wallNow() };
    user.entries.push(stored);
    if (entry.idempotencyKey !== null) user.byKey.set(entry.idempotencyKey, stored);
    user.account = { balance: entry.balance, version: entry.version };
  }
}
