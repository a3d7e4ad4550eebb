import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { check } from './check.ts';
import { addUsers, allowDamage, clear } from './damage.ts';

const database = useDatabase();

beforeAll(() => allowDamage(database));
afterEach(() => clear(database));

/** Each damages user 5 of ten users with eight entries each, and says what is to be found. */
const damages = [
  ['a balance that grew by itself', 'update users set balance = balance + 1 where id = 5', ['balance_mismatch']],
  [
    'an amount that changed',
    'update entries set amount = amount + 1 where (user_id, version) = (5, 4)',
    ['balance_mismatch', 'broken_chain'],
  ],
  [
    'a balance of an entry that changed',
    'update entries set balance = 3 where (user_id, version) = (5, 4)',
    ['broken_chain'],
  ],
  [
    'an opening that starts at 1',
    'update entries set amount = 999 where (user_id, version) = (5, 1)',
    ['balance_mismatch', 'broken_chain'],
  ],
  [
    'an entry that was lost',
    'delete from entries where (user_id, version) = (5, 4)',
    ['balance_mismatch', 'broken_chain', 'version_gap'],
  ],
  [
    'the newest entry lost',
    'delete from entries where (user_id, version) = (5, 8)',
    ['balance_mismatch', 'version_gap'],
  ],
  [
    'the first entry lost',
    'delete from entries where (user_id, version) = (5, 1)',
    ['balance_mismatch', 'version_gap'],
  ],
  ['all entries lost', 'delete from entries where user_id = 5', ['balance_mismatch', 'version_gap']],
  ['a version that ran ahead', 'update users set version = 9 where id = 5', ['version_gap']],
  ['a version that was skipped', 'update entries set version = 9 where (user_id, version) = (5, 8)', ['version_gap']],
  ['a negative balance', 'update users set balance = -1 where id = 5', ['balance_mismatch', 'negative']],
  [
    'a balance beyond 2^53-1, soundly explained',
    `update entries set amount = 9007199254740992, balance = 9007199254740992 where (user_id, version) = (5, 1);
     delete from entries where user_id = 5 and version > 1;
     update users set balance = 9007199254740992, version = 1 where id = 5`,
    ['negative'],
  ],
  [
    'numbers at the end of bigint',
    `update entries set amount = -9223372036854775808, balance = 9223372036854775807 where (user_id, version) = (5, 4)`,
    ['balance_mismatch', 'broken_chain', 'negative'],
  ],
  [
    'a refusal without a reason',
    `update entries set version = 9 where (user_id, version) = (5, 8);
     insert into entries values (5, 8, 0, 1000, gen_random_uuid(), 'k', -2000, null, 'service');
     update users set version = 9 where id = 5`,
    ['malformed_refusal'],
  ],
  [
    'a refusal that was not due',
    `insert into entries values (5, 9, 0, 1007, gen_random_uuid(), 'k', -1007, 'insufficient_funds', 'service');
     update users set version = 9 where id = 5`,
    ['malformed_refusal'],
  ],
  [
    'a refusal that moved money',
    `update entries set code = 'insufficient_funds', requested = -7 where (user_id, version) = (5, 7)`,
    ['malformed_refusal'],
  ],
  [
    'one operation twice',
    `update entries set operation_id = (select operation_id from entries where (user_id, version) = (5, 2))
     where (user_id, version) = (5, 7)`,
    ['duplicate_operation'],
  ],
  ['a user that was deleted', 'delete from users where id = 5', ['orphan_entry']],
] as const;

describe('the check of a ledger', () => {
  it('finds nothing wrong with a sound one, and counts what it has seen', async () => {
    await addUsers(database, 1, 300, 7);
    await addUsers(database, 1000, 1000, 1);
    await database.query('insert into users (id, balance) values (2000, 0)');
    const result = await check(database.url);
    expect(result).toMatchObject({ findings: [], findingsTotal: 0, users: 302, entries: 2101, isComplete: true });
  });

  it('takes an empty ledger for a sound one', async () => {
    expect(await check(database.url)).toMatchObject({ findingsTotal: 0, users: 0, entries: 0 });
  });

  it('accepts recorded refusals that were due', async () => {
    await addUsers(database, 5, 5, 1);
    await database.query(
      `insert into entries values
        (5, 2, 0, 1000, gen_random_uuid(), 'a', -1001, 'insufficient_funds', 'service'),
        (5, 3, 0, 1000, gen_random_uuid(), 'b', 9007199254739992, 'balance_limit_exceeded', 'service')`,
    );
    await database.query('update users set version = 3 where id = 5');
    expect((await check(database.url)).findings).toEqual([]);
  });

  describe.each(damages)('finds %s', (_, sql, kinds) => {
    it.each([
      ['in one page', 20_000, 1000],
      ['with three entries a page', 3, 4],
    ])('%s', async (_how, pageEntries, chunkUsers) => {
      await addUsers(database, 1, 10, 8);
      await database.query(sql);
      const { findings, findingsTotal } = await check(database.url, { pageEntries, chunkUsers });
      expect(findings.map(({ kind }) => kind).sort()).toEqual(kinds);
      expect(new Set(findings.map(({ userId }) => userId))).toEqual(new Set(['5']));
      expect(findingsTotal).toBe(kinds.length);
    });
  });

  it('finds entries without a user below the first user, between two and above the last', async () => {
    await addUsers(database, 10, 20, 2);
    await database.query(
      `insert into entries select user_id, 1, 5, 5, gen_random_uuid(), null, null, null, 'service'
       from unnest('{-3, 4, 30, 9223372036854775807}'::bigint[]) as user_id`,
    );
    await database.query('delete from users where id = 15');
    const { findings } = await check(database.url, { chunkUsers: 1 });
    expect(findings.map(({ kind, userId }) => [kind, userId])).toEqual(
      ['-3', '4', '15', '30', '9223372036854775807'].map((userId) => ['orphan_entry', userId]),
    );
  });

  it('stops at the first user with a finding unless it is to go on', async () => {
    await addUsers(database, 1, 50, 4);
    await database.query('update users set balance = 1 where id >= 20');
    const first = await check(database.url, { goesOn: false });
    expect(first).toMatchObject({ isComplete: false, findingsTotal: 1, users: 20 });
    expect(first.findings).toMatchObject([{ kind: 'balance_mismatch', userId: '20' }]);
    const all = await check(database.url, { findingsMax: 3, chunkUsers: 10 });
    expect(all).toMatchObject({ isComplete: true, findingsTotal: 31, users: 50 });
    expect(all.findings.map(({ userId }) => userId)).toEqual(['20', '21', '22']);
  });

  it('keeps to a range of users', async () => {
    await addUsers(database, 1, 50, 4);
    await database.query('update users set balance = 1 where id in (9, 31)');
    expect(await check(database.url, { from: 10, to: 30 })).toMatchObject({ users: 21, entries: 84, findingsTotal: 0 });
    expect(await check(database.url, { from: 9, to: 31 })).toMatchObject({ users: 23, findingsTotal: 2 });
  });

  it('says what to look at', async () => {
    await addUsers(database, 5, 5, 3);
    await database.query('update entries set amount = 6, balance = 1006 where version = 2');
    const { findings } = await check(database.url);
    expect(findings).toEqual([
      { kind: 'balance_mismatch', userId: '5', detail: 'the balance is 1000, but the sum of 3 entries is 999' },
      {
        kind: 'broken_chain',
        userId: '5',
        version: '3',
        detail: 'entry 3 starts at 1007, but the one before it ended at 1006',
      },
    ]);
  });
});
