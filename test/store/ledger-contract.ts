import { beforeAll, describe, expect, it } from 'vitest';
import { type Account, decide } from '../../src/domain/decide.ts';
import type { Change, UserId, Version } from '../../src/domain/operation.ts';
import { enteredAtMs } from '../../src/domain/operation-time.ts';
import type { LedgerReader, LedgerWriter, UserChange } from '../../src/store/ledger.ts';
import { aChange, aCreation, anEntriesQuery } from '../support/operations.ts';

export interface LedgerUnderTest {
  readonly reader: LedgerReader;
  readonly writer: LedgerWriter;
}

const WAITING = { skipLocked: false };
const HOUR_MS = 3_600_000;

/** What every store must keep. Users are created by the suite, each test with its own. */
export function describeLedger(name: string, open: () => Promise<LedgerUnderTest>): void {
  describe(`${name} keeps the contract of the ledger`, () => {
    let reader: LedgerReader;
    let writer: LedgerWriter;
    let lastUser = 1000;

    beforeAll(async () => {
      ({ reader, writer } = await open());
    });

    async function aUser(balance: number): Promise<UserId> {
      lastUser += 1;
      await writer.create([aCreation(lastUser, balance)]);
      return lastUser as UserId;
    }

    async function accountOf(userId: UserId): Promise<Account> {
      const account = (await reader.load([userId])).get(userId);
      if (account === undefined) throw new Error(`no user ${userId}`);
      return account;
    }

    async function propose(userId: UserId, changes: readonly Change[]): Promise<UserChange> {
      const expected = await accountOf(userId);
      const { entries, next } = decide(expected, changes);
      return { userId, expected, next, entries };
    }

    it('applies the net change of several users in one round, with an entry for each operation', async () => {
      const [a, b] = [await aUser(100), await aUser(50)];
      const round = [await propose(a, [aChange(a, -10), aChange(a, 5)]), await propose(b, [aChange(b, -50)])];
      expect(await writer.apply(round, WAITING)).toEqual(new Set([a, b]));
      expect(await accountOf(a)).toEqual({ balance: 95, version: 3 });
      expect(await accountOf(b)).toEqual({ balance: 0, version: 2 });
      const listed = await reader.listEntries(anEntriesQuery(a), 3 as Version);
      expect(listed.map(({ version, amount, balance }) => [version, amount, balance])).toEqual([
        [3, 5, 95],
        [2, -10, 90],
        [1, 100, 100],
      ]);
      expect(listed[0]?.operationId).toBe(round[0]?.entries[1]?.operationId);
      expect(listed[0]?.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    });

    it('refuses a user whose version has moved, writes none of its entries, and applies the others', async () => {
      const [stale, fine] = [await aUser(100), await aUser(100)];
      const round = [await propose(stale, [aChange(stale, -1)]), await propose(fine, [aChange(fine, -1)])];
      await writer.apply([await propose(stale, [aChange(stale, -7)])], WAITING);
      expect(await writer.apply(round, WAITING)).toEqual(new Set([fine]));
      expect(await accountOf(stale)).toEqual({ balance: 93, version: 2 });
      expect(await reader.listEntries(anEntriesQuery(stale), 9 as Version)).toHaveLength(2);
    });

    it('applies a round that is sent twice once', async () => {
      const userId = await aUser(100);
      const round = [await propose(userId, [aChange(userId, -30)])];
      expect((await writer.apply(round, WAITING)).size).toBe(1);
      expect((await writer.apply(round, WAITING)).size).toBe(0);
      expect((await accountOf(userId)).balance).toBe(70);
    });

    it('lets no balance fall below zero, whatever was decided', async () => {
      const userId = await aUser(10);
      const honest = await propose(userId, [aChange(userId, -10)]);
      const lying = {
        ...honest,
        expected: { ...honest.expected, balance: 1000 },
        next: { ...honest.next, balance: 985 },
      };
      expect((await writer.apply([lying as UserChange], WAITING)).size).toBe(0);
      expect(await accountOf(userId)).toEqual({ balance: 10, version: 1 });
    });

    it('holds back a change whose idempotency key is known, and tells the entry under the key', async () => {
      const userId = await aUser(100);
      const first = aChange(userId, -5, { key: 'order "1", \\ {a}' });
      await writer.apply([await propose(userId, [first])], WAITING);
      const again = await propose(userId, [aChange(userId, -5, { key: 'order "1", \\ {a}' })]);
      expect((await writer.apply([again], WAITING)).size).toBe(0);
      const found = await writer.inspect(userId, 9 as Version, ['order "1", \\ {a}', 'unknown']);
      expect(found.account).toEqual({ balance: 95, version: 2 });
      expect(found.entries).toMatchObject([{ version: 2, amount: -5, operationId: first.id, source: 'service' }]);
    });

    it('takes the same key for another user', async () => {
      for (const userId of [await aUser(5), await aUser(5)]) {
        const round = [await propose(userId, [aChange(userId, -1, { key: 'same' })])];
        expect((await writer.apply(round, WAITING)).size).toBe(1);
      }
    });

    it('records a keyed refusal as an entry of amount 0, which is listed only when asked for', async () => {
      const userId = await aUser(1);
      const refused = aChange(userId, -5, { key: 'too-much' });
      await writer.apply([await propose(userId, [refused])], WAITING);
      expect(await accountOf(userId)).toEqual({ balance: 1, version: 2 });
      expect(await reader.listEntries(anEntriesQuery(userId), 2 as Version)).toHaveLength(1);
      const [entry] = await reader.listEntries(anEntriesQuery(userId, { withRefused: true }), 2 as Version);
      expect(entry).toMatchObject({
        version: 2,
        amount: 0,
        balance: 1,
        operationId: refused.id,
        refused: { code: 'insufficient_funds', requested: -5 },
      });
    });

    it('pages entries by version, newest first, never beyond the given version', async () => {
      const userId = await aUser(100);
      await writer.apply(
        [
          await propose(
            userId,
            Array.from({ length: 9 }, () => aChange(userId, -1)),
          ),
        ],
        WAITING,
      );
      const versions = async (query: ReturnType<typeof anEntriesQuery>, upTo: number) =>
        (await reader.listEntries(query, upTo as Version)).map((entry) => entry.version);
      expect(await versions(anEntriesQuery(userId, { limit: 3 }), 10)).toEqual([10, 9, 8]);
      expect(await versions(anEntriesQuery(userId, { limit: 3, before: 8 as Version }), 10)).toEqual([7, 6, 5]);
      expect(await versions(anEntriesQuery(userId, { limit: 3 }), 4)).toEqual([4, 3, 2]);
    });

    it('finds the entries of operations that may have been sent before', async () => {
      const userId = await aUser(100);
      const [applied, never] = [aChange(userId, -1), aChange(userId, -1)];
      await writer.apply([await propose(userId, [applied, aChange(userId, -2)])], WAITING);
      const sinceMs = enteredAtMs(applied.id) - 5000;
      const found = await writer.findOperations(userId, [applied.id, never.id], sinceMs);
      expect(found).toMatchObject([{ operationId: applied.id, version: 2, amount: -1 }]);
      expect(await writer.findOperations(userId, [never.id], sinceMs + HOUR_MS)).toEqual([]);
    });

    it('creates a user once, with an opening entry unless there is nothing to record', async () => {
      const userId = await aUser(40);
      expect(await accountOf(userId)).toEqual({ balance: 40, version: 1 });
      expect(await writer.create([aCreation(userId, 99)])).toEqual(new Set());
      expect((await writer.inspect(userId, 1 as Version, [])).entries).toMatchObject([
        { amount: 40, source: 'opening' },
      ]);
      expect(await accountOf(await aUser(0))).toEqual({ balance: 0, version: 0 });
      lastUser += 1;
      await writer.create([aCreation(lastUser, 0, { key: 'new-user' })]);
      expect(await accountOf(lastUser as UserId)).toEqual({ balance: 0, version: 1 });
    });

    it('loads those users that exist', async () => {
      const userId = await aUser(3);
      const loaded = await reader.load([userId, 999_999 as UserId]);
      expect([...loaded]).toEqual([[userId, { balance: 3, version: 1 }]]);
      expect((await writer.inspect(999_999 as UserId, 1 as Version, [])).account).toBeNull();
    });

    it('creates those of many users that do not exist, each with its own opening', async () => {
      const taken = await aUser(7);
      const [first, second] = [lastUser + 1, lastUser + 2] as UserId[] as [UserId, UserId];
      lastUser += 2;
      const batch = [aCreation(first, 1, { key: 'a "key", \\ {b}' }), aCreation(taken, 99), aCreation(second, 0)];
      expect(await writer.create(batch)).toEqual(new Set([first, second]));
      expect(await accountOf(taken)).toEqual({ balance: 7, version: 1 });
      expect(await accountOf(second)).toEqual({ balance: 0, version: 0 });
      expect((await writer.inspect(first, 1 as Version, [])).entries).toMatchObject([
        { amount: 1, balance: 1, operationId: batch[0]?.id, idempotencyKey: 'a "key", \\ {b}' },
      ]);
    });

    it('tells of users that could not be created what is there: account, opening and the entry under the key', async () => {
      const opened = await aUser(40);
      const empty = await aUser(0);
      await writer.apply(
        [await propose(opened, [aChange(opened, -5, { key: 'later' }), aChange(opened, -1)])],
        WAITING,
      );
      const asked = [
        aCreation(opened, 1, { key: 'later' }),
        aCreation(empty, 1, { key: 'unknown' }),
        aCreation(999_999, 1),
      ];
      const found = await writer.inspectOpenings(asked);
      expect(found.get(opened)).toMatchObject({ account: { balance: 34, version: 3 } });
      expect(found.get(opened)?.entries).toMatchObject([
        { version: 1, amount: 40, balance: 40, source: 'opening', idempotencyKey: null, refusal: null },
        { version: 2, amount: -5, balance: 35, source: 'service', idempotencyKey: 'later' },
      ]);
      expect(found.get(empty)).toEqual({ account: { balance: 0, version: 0 }, entries: [] });
      expect(found.get(999_999 as UserId)?.account ?? null).toBeNull();
    });

    it('allocates ids that no user has', async () => {
      const [first] = await reader.allocateUserIds(1);
      await writer.create([aCreation((first as UserId) + 1, 0)]);
      const next = (first as UserId) + 2;
      expect(await reader.allocateUserIds(3)).toEqual([next, next + 1, next + 2]);
    });
  });
}
