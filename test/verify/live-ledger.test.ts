import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { VerifyError } from '../../src/verify/verify-error.ts';
import { useDatabase } from '../support/database.ts';
import { check } from './check.ts';
import { addUsers, allowDamage, clear } from './damage.ts';

const database = useDatabase();

describe('the check of a ledger that is being written to', () => {
  afterEach(() => clear(database));

  it('has no false finding, whatever is committed meanwhile', async () => {
    await addUsers(database, 1, 60, 5);
    let isWriting = true;
    // Each commit changes a balance, a version and the entries together, and some create users.
    const write = async () => {
      const client = await database.connect();
      let commits = 0;
      for (; isWriting; commits += 1) {
        await client.query('update users set balance = balance + 1 where id = $1', [1 + (commits % 60)]);
        if (commits % 20 === 0)
          await client.query('insert into users (id, balance) select max(id) + 1, 5 from users on conflict do nothing');
      }
      return commits;
    };
    const writers = [write(), write(), write()];
    let entries = 0;
    const commitsSeen = new Set<number>();
    for (let run = 0; run < 12; run += 1) {
      const result = await check(database.url, { chunkUsers: 7, pageEntries: run % 2 === 0 ? 20 : 20_000 });
      expect(result.findings).toEqual([]);
      expect(result.users).toBeGreaterThanOrEqual(60);
      commitsSeen.add(result.entries);
      entries = result.entries;
    }
    isWriting = false;
    const commits = await Promise.all(writers);
    expect(Math.min(...commits)).toBeGreaterThan(10);
    expect(entries).toBeGreaterThan(300);
    // Otherwise nothing was written beside the checks.
    expect(commitsSeen.size).toBeGreaterThan(6);
  });

  it('holds no lock that a writer would wait for', async () => {
    await addUsers(database, 1, 50, 4);
    let locks: string[] = [];
    await check(database.url, {
      pageEntries: 10,
      chunkUsers: 10,
      onProgress: () => {
        void database
          .query<{ mode: string }>(
            `select distinct mode from pg_locks where locktype in ('relation', 'tuple') and database =
             (select oid from pg_database where datname = current_database())
             and pid in (select pid from pg_stat_activity where application_name like '%verify')`,
          )
          .then((rows) => {
            locks = [...locks, ...rows.map(({ mode }) => mode)];
          });
      },
    });
    // AccessShareLock is what any SELECT takes; only DDL waits for it.
    expect(new Set(locks)).toEqual(new Set(locks.length === 0 ? [] : ['AccessShareLock']));
    expect(locks.length).toBeGreaterThan(0);
  });

  it('checks a chunk again whose connection was lost, and counts it once', async () => {
    await addUsers(database, 1, 200, 10);
    const retries: string[] = [];
    let isKilled = false;
    const result = await check(database.url, {
      pageEntries: 50,
      chunkUsers: 50,
      onRetry: (reason) => retries.push(reason),
      onProgress: ({ users }) => {
        if (isKilled || users === 0) return;
        isKilled = true;
        void database.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where application_name like '%verify' and datname = current_database()`,
        );
      },
    });
    expect(retries.length).toBeGreaterThan(0);
    expect(result).toMatchObject({ users: 200, entries: 2000, findingsTotal: 0 });
  });

  it('ends at once when it is aborted, and leaves no connection', async () => {
    await addUsers(database, 1, 500, 10);
    const aborting = new AbortController();
    const running = check(database.url, {
      pageEntries: 10,
      signal: aborting.signal,
      onProgress: () => aborting.abort(new Error('enough')),
    });
    await expect(running).rejects.toThrow('enough');
  });

  it('says that it could not check when nobody listens, or when there are no tables', async () => {
    await expect(check('postgres://nobody@127.0.0.1:1/x')).rejects.toThrow(VerifyError);
    await expect(check('postgres://nobody@127.0.0.1:1/x')).rejects.toThrow(/ECONNREFUSED/);
    const withoutTables = new URL(database.url);
    withoutTables.pathname = '/postgres';
    await expect(check(withoutTables.href)).rejects.toThrow(/Could not check: .*users/);
  });
});

describe('a hot user', () => {
  beforeAll(() => allowDamage(database));

  it('with 200,000 entries is walked over in pages, and the one bad entry is found', async () => {
    await addUsers(database, 1, 3, 2);
    await addUsers(database, 7, 7, 200_000);
    await addUsers(database, 8, 9, 2);
    const pages: number[] = [];
    const sound = await check(database.url, { onProgress: ({ entries }) => pages.push(entries) });
    expect(sound).toMatchObject({ users: 6, entries: 200_010, findingsTotal: 0 });
    expect(new Set(pages).size).toBeGreaterThanOrEqual(10);

    await database.query(
      `update entries set operation_id = (select operation_id from entries where (user_id, version) = (7, 11))
       where (user_id, version) = (7, 150001)`,
    );
    await database.query('update entries set balance = balance + 1 where (user_id, version) = (7, 60000)');
    const { findings } = await check(database.url);
    expect(findings.map(({ kind, userId, version }) => [kind, userId, version])).toEqual([
      ['broken_chain', '7', '60000'],
      ['duplicate_operation', '7', '150001'],
    ]);
  });
});
