import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
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

  it('takes no lock that a writer would wait for', async () => {
    await addUsers(database, 1, 50, 4);
    const client = await database.connect();
    // This mode lets nobody in but a plain SELECT.
    await client.query('begin; lock table users, entries in exclusive mode');
    const result = await check(database.url, { pageEntries: 10, chunkUsers: 10 });
    await client.query('rollback');
    expect(result).toMatchObject({ users: 50, entries: 200, findingsTotal: 0 });
  });

  it('checks a chunk again whose connection was lost, and counts it once', async () => {
    await addUsers(database, 1, 200, 10);
    const client = await database.connect();
    await client.query('begin; lock table entries in access exclusive mode');
    const retries: string[] = [];
    const running = check(database.url, { pageEntries: 50, chunkUsers: 50, onRetry: (reason) => retries.push(reason) });
    const endWaiting = `select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'
      and application_name like '%verify' and datname = current_database()`;
    await vi.waitUntil(async () => (await database.query(endWaiting)).length > 0, { timeout: 10_000, interval: 10 });
    await client.query('rollback');
    expect(await running).toMatchObject({ users: 200, entries: 2000, findingsTotal: 0 });
    expect(retries.length).toBeGreaterThan(0);
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
