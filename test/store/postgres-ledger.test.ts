import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { decide } from '../../src/domain/decide.ts';
import type { UserId, Version } from '../../src/domain/operation.ts';
import type { UserChange } from '../../src/store/ledger.ts';
import { useDatabase } from '../support/database.ts';
import { expectSoundLedger } from '../support/ledger-check.ts';
import { aChange, aCreation } from '../support/operations.ts';
import { openPostgresLedger, type PostgresLedger } from '../support/postgres-ledger.ts';
import { describeLedger } from './ledger-contract.ts';

const database = useDatabase();
let ledger: PostgresLedger;

beforeAll(async () => {
  ledger = openPostgresLedger(database.url);
  await ledger.session.whenFresh();
});
afterAll(() => ledger.close());

describeLedger('PostgreSQL', async () => ledger);

describe('the ledger in PostgreSQL', () => {
  let lastUser = 500_000;

  async function aWithdrawal(balance: number, amount: number): Promise<UserChange> {
    lastUser += 1;
    const userId = lastUser as UserId;
    await ledger.writer.create([aCreation(userId, balance)]);
    const expected = (await ledger.reader.load([userId])).get(userId);
    if (expected === undefined) throw new Error('the user was not created');
    const { entries, next } = decide(expected, [aChange(userId, amount)]);
    return { userId, expected, next, entries };
  }

  it('fails the round as locked when somebody holds a row, and leaves out that user alone on request', async () => {
    const [held, free] = [await aWithdrawal(10, -1), await aWithdrawal(10, -1)];
    const other = await database.connect();
    await other.query('begin');
    await other.query('select from users where id = $1 for update', [held.userId]);
    await expect(ledger.writer.apply([held, free], { skipLocked: false })).rejects.toMatchObject({ failure: 'locked' });
    expect(await ledger.writer.apply([held, free], { skipLocked: true })).toEqual(new Set([free.userId]));
    await other.query('rollback');
    expect(await ledger.writer.apply([held], { skipLocked: true })).toEqual(new Set([held.userId]));
  });

  it('gives a balance changed by plain SQL a version and an entry of its own, so that the guard notices', async () => {
    const stale = await aWithdrawal(10, -1);
    await database.query('update users set balance = balance + 90 where id = $1', [stale.userId]);
    expect((await ledger.writer.apply([stale], { skipLocked: false })).size).toBe(0);
    const { account, entries } = await ledger.writer.inspect(stale.userId, 2 as Version, []);
    expect(account).toEqual({ balance: 100, version: 2 });
    expect(entries).toMatchObject([{ version: 2, amount: 90, balance: 100, source: 'sql' }]);
  });

  it('deletes no user and changes no entry', async () => {
    const { userId } = await aWithdrawal(10, -1);
    await expect(database.query('delete from users where id = $1', [userId])).rejects.toThrow('only ever added');
    await expect(database.query('delete from entries where user_id = $1', [userId])).rejects.toThrow('only ever added');
    await expect(database.query('update entries set amount = 1')).rejects.toThrow('only ever added');
  });

  it('has a CHECK as the last guard of the balance', async () => {
    const { userId } = await aWithdrawal(10, -1);
    const overdraw = database.query('update users set balance = -1 where id = $1', [userId]);
    await expect(overdraw).rejects.toMatchObject({ code: '23514' });
  });

  it('looks for keys and places through indexes, however long the history of the user is', async () => {
    const { userId } = await aWithdrawal(0, 1);
    await database.query(
      `insert into entries (user_id, version, amount, balance, operation_id, source)
       select $1, version, 0, 0, gen_random_uuid(), 'service' from generate_series(2, 200000) as version`,
      [userId],
    );
    // So much written at once may keep a slow disk from answering the session for longer than it waits.
    await ledger.session.whenFresh();
    const startedMs = performance.now();
    await ledger.writer.inspect(userId, 150_000 as Version, ['a', 'b']);
    await ledger.writer.findOperations(userId, [aChange(userId, 1).id], Date.now() + 60_000);
    expect(performance.now() - startedMs).toBeLessThan(250);
    await database.empty();
  });

  it('finds an operation behind an outside entry that is dated long before it was committed', async () => {
    const [user] = await database.query<{ id: string }>('insert into users (balance) values (0) returning id');
    const userId = Number(user?.id) as UserId;
    const sought = aChange(userId, 1);
    // The outside entry ends a page of the newest 1,000.
    await database.query(
      `insert into entries (user_id, version, amount, balance, operation_id, source, created_at)
       select $1, version, 0, 0, case version when 1 then $2 else gen_random_uuid() end,
         case version when 1001 then 'sql' else 'service' end,
         clock_timestamp() - case version when 1001 then interval '1 minute' else interval '0' end
       from generate_series(1, 2000) as version`,
      [userId, sought.id],
    );
    await ledger.session.whenFresh();
    const found = await ledger.writer.findOperations(userId, [sought.id], Date.now() - 5000);
    expect(found.map(({ operationId }) => operationId)).toEqual([sought.id]);
    await database.empty();
  });

  it('has no plan compiled, which takes longer than a thousand rounds', async () => {
    const { rows } = await ledger.session.run(({ db }) => db.execute<{ jit: string }>('show jit'));
    expect(rows).toEqual([{ jit: 'off' }]);
  });

  it('changes a few of many users without reading the others, also with a plan made on an empty table', async () => {
    const prepared = openPostgresLedger(database.url, { slot: 1 });
    onTestFinished(() => prepared.close());
    await prepared.session.whenFresh();
    const applyAll = async (amount: number, key: string | undefined, skipLocked: boolean) => {
      const ids = Array.from({ length: 500 }, (_, index) => (1 + index * 150) as UserId);
      const accounts = await prepared.reader.load(ids);
      const round = [...accounts].map(([userId, expected]) => {
        const change = aChange(userId, amount, key === undefined ? {} : { key });
        return { userId, expected, ...decide(expected, [change]) };
      });
      const startedMs = performance.now();
      expect((await prepared.writer.apply(round, { skipLocked })).size).toBe(round.length);
      return performance.now() - startedMs;
    };
    const forms = [false, true].flatMap((skipLocked) => [undefined, 'first'].map((key) => ({ skipLocked, key })));
    for (const { skipLocked, key } of forms) await applyAll(1, key, skipLocked);
    await database.query(
      `begin; set local user_balance.writes_entries = on;
       insert into users (id, balance, version) select id, 100, 1 from generate_series(1, 100000) id; commit`,
    );
    await database.query(
      `insert into entries (user_id, version, amount, balance, operation_id, idempotency_key, source)
       select id, 1, 100, 100, gen_random_uuid(), 'key-' || id, 'opening' from generate_series(1, 100000) id`,
    );
    for (const { skipLocked, key } of forms) {
      const times = [];
      for (let time = 0; time < 5; time += 1)
        times.push(await applyAll(1, key && `${key}-${skipLocked}-${time}`, skipLocked));
      expect(Math.min(...times)).toBeLessThan(60);
    }
    expect(await prepared.reader.allocateUserIds(1)).toEqual([100_001]);
    const startedMs = performance.now();
    for (let time = 0; time < 5; time += 1) await prepared.reader.allocateUserIds(100);
    expect(performance.now() - startedMs).toBeLessThan(50);
    await expectSoundLedger(database);
    await database.empty();
  });

  it('leaves a sound ledger behind', () => expectSoundLedger(database));
});
