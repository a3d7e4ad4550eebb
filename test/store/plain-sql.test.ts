import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { expectSoundLedger } from '../support/ledger-check.ts';

const database = useDatabase();
const REFUSED = { code: '23001' };
let listener: pg.Client;
let heard: (string | undefined)[] = [];

beforeAll(async () => {
  listener = await database.connect();
  listener.on('notification', ({ payload }) => heard.push(payload));
  await listener.query('listen user_balance_changed');
});

afterEach(async () => {
  await expectSoundLedger(database);
  await database.empty();
  await heardOf();
});

/** The users that were told of since it was last asked. */
async function heardOf(): Promise<readonly (string | undefined)[]> {
  await listener.query('select');
  const told = heard;
  heard = [];
  return told;
}

async function aUser(balance: number): Promise<string> {
  const [row] = await database.query<{ id: string }>('insert into users (balance) values ($1) returning id', [balance]);
  return row?.id ?? '';
}

const entriesOf = (userId: string) =>
  database.query(
    `select version::int, amount::int, balance::int, source from entries where user_id = $1 order by version`,
    [userId],
  );

describe('a balance changed by plain SQL', () => {
  it.each([
    ['alone', 'set balance = 30'],
    ['with the version, as an optimistic lock is', 'set balance = 30, version = version + 1'],
    ['with the version as it is', 'set balance = 30, version = version'],
    ['with another time', "set balance = 30, updated_at = 'epoch'"],
  ])('%s has a version and an entry of its own, and is told of', async (_, change) => {
    const userId = await aUser(100);
    const rows = await database.query(`update users ${change} where id = $1 returning version::int`, [userId]);
    expect(rows).toEqual([{ version: 2 }]);
    expect(await entriesOf(userId)).toEqual([
      { version: 1, amount: 100, balance: 100, source: 'sql' },
      { version: 2, amount: -70, balance: 30, source: 'sql' },
    ]);
    expect(await heardOf()).toEqual([userId]);
  });

  it('in some rows of many leaves the others alone', async () => {
    const users = [await aUser(1), await aUser(2), await aUser(3)];
    await database.query('update users set balance = greatest(balance, 3)');
    expect(await heardOf()).toEqual(users.slice(0, 2));
  });

  it('by an upsert has an entry whether the user was there or not', async () => {
    const upsert = `insert into users (id, balance) values ($1, $2)
      on conflict (id) do update set balance = excluded.balance`;
    await database.query(upsert, [7, 50]);
    await database.query(upsert, [7, 20]);
    expect(await entriesOf('7')).toMatchObject([{ amount: 50 }, { amount: -30 }]);
  });

  it('by an upsert that locks optimistically has one as well', async () => {
    const userId = await aUser(50);
    const upsert = `insert into users (id, balance, version) values ($1, 20, 2)
      on conflict (id) do update set balance = excluded.balance, version = excluded.version`;
    await database.query(upsert, [userId]);
    expect(await entriesOf(userId)).toMatchObject([{ amount: 50 }, { amount: -30 }]);
  });

  it('twice in one transaction has two entries', async () => {
    const userId = await aUser(100);
    await database.query('begin; update users set balance = 90; update users set balance = 95; commit');
    expect(await entriesOf(userId)).toMatchObject([{ amount: 100 }, { amount: -10 }, { amount: 5 }]);
  });

  it('has its entry dated when it is written', async () => {
    const userId = await aUser(5);
    const client = await database.connect();
    await client.query('begin');
    await client.query('select now(), pg_sleep(0.3)');
    await client.query('update users set balance = balance + 1');
    const { rows } = await client.query(
      "select created_at > now() + interval '0.2 s' as is_late from entries where user_id = $1 and version = 2",
      [userId],
    );
    await client.query('rollback');
    expect(rows).toEqual([{ is_late: true }]);
  });

  it('has its entry in the ledger, whatever temporary table a session has', async () => {
    const userId = await aUser(5);
    const client = await database.connect();
    await client.query('create temp table entries (like public.entries)');
    await client.query('update users set balance = balance + 1');
    expect(await entriesOf(userId)).toMatchObject([{ version: 1 }, { version: 2 }]);
  });
});

describe('what plain SQL may not say of a user', () => {
  it.each([
    ['a version that counts nothing', 'set balance = balance, version = version + 1'],
    ['a version that is ahead', 'set balance = 30, version = version + 2'],
    ['a version that is past', 'set balance = 30, version = version - 1'],
    ['another id', 'set id = 1000000'],
    ['another id with another balance', 'set id = 1000000, balance = 30'],
  ])('%s', async (_, change) => {
    const userId = await aUser(100);
    await expect(database.query(`update users ${change}`)).rejects.toMatchObject(REFUSED);
    expect(await entriesOf(userId)).toHaveLength(1);
    expect(await heardOf()).toEqual([]);
  });

  it.each(['(balance, version) values (100, 1)', '(balance, version) values (0, 3)'])(
    'a version from the beginning: %s',
    async (columns) => {
      await expect(database.query(`insert into users ${columns}`)).rejects.toMatchObject(REFUSED);
    },
  );
});

describe('a user created by plain SQL', () => {
  it('has an entry that explains the balance', async () => {
    expect(await entriesOf(await aUser(70))).toEqual([{ version: 1, amount: 70, balance: 70, source: 'sql' }]);
  });

  it('has none when there is nothing to explain', async () => {
    expect(await entriesOf(await aUser(0))).toEqual([]);
  });

  it('has none when it was there already', async () => {
    const userId = await aUser(70);
    await database.query('insert into users (id, balance) values ($1, 5) on conflict do nothing', [userId]);
    expect(await entriesOf(userId)).toHaveLength(1);
  });
});

describe('a trigger of the operator', () => {
  const outsider = (userId: string) => `update users set balance = 90 where id = ${userId}`;
  const service = (userId: string) =>
    `set local user_balance.writes_entries = on;
     update users set balance = 90, version = 2 where id = ${userId};
     insert into entries values (${userId}, 2, -10, 90, gen_random_uuid(), null, null, null, 'service')`;

  it.each([
    ['of an outsider', outsider],
    ['of the service', service],
  ])('in a session %s has what it changes and creates recorded', async (_, change) => {
    const [user, other] = [await aUser(100), await aUser(100)];
    const client = await database.connect();
    await client.query(
      `begin;
       create function pg_temp.bonus() returns trigger language plpgsql as $$ begin
         update users set balance = balance + 1 where id = ${other};
         insert into users (id, balance) values (1000000, 5);
         return null; end $$;
       create trigger bonus after update on users for each row when (new.id = ${user}) execute function pg_temp.bonus();
       ${change(user)};
       drop trigger bonus on users; commit`,
    );
    expect(await entriesOf(other)).toMatchObject([{ amount: 100 }, { amount: 1, balance: 101, source: 'sql' }]);
    expect(await entriesOf('1000000')).toMatchObject([{ amount: 5, source: 'sql' }]);
    expect(await heardOf()).toContain(other);
  });

  it('that gives a new user a balance has it recorded', async () => {
    const client = await database.connect();
    await client.query(
      `begin;
       create function pg_temp.welcome() returns trigger language plpgsql as $$ begin
         new.balance := 10; return new; end $$;
       create trigger welcome before insert on users for each row execute function pg_temp.welcome();
       insert into users (id, balance) values (7, 0);
       drop trigger welcome on users; commit`,
    );
    expect(await entriesOf('7')).toMatchObject([{ amount: 10, source: 'sql' }]);
  });
});

describe('a session that says that it writes the entries', () => {
  it('is left alone until it says otherwise', async () => {
    const client = await database.connect();
    await client.query('set user_balance.writes_entries = on');
    await client.query('insert into users (id, balance, version) values (7, 100, 1)');
    await client.query('update users set balance = 90, version = 2');
    expect(await entriesOf('7')).toEqual([]);
    await client.query(
      `insert into entries (user_id, version, amount, balance, operation_id, source)
       values (7, 1, 100, 100, gen_random_uuid(), 'opening'), (7, 2, -10, 90, gen_random_uuid(), 'service')`,
    );
    await client.query('reset user_balance.writes_entries');
    await client.query('update users set balance = 80');
    expect(await entriesOf('7')).toHaveLength(3);
    expect(await heardOf()).toEqual(['7']);
  });
});

describe('the section on plain SQL of docs/operations.md', () => {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const section = /^## Plain SQL\n(.*?)^## /ms.exec(page)?.[1] ?? '';
  const [change, load] = [...section.matchAll(/^```sql\n(.*?)^```$/gms)].map(([, sql]) => sql ?? '');

  it('changes a balance', async () => {
    await database.query('insert into users (id, balance) values (1, 10)');
    await database.query(change ?? '');
    expect(await entriesOf('1')).toMatchObject([{ amount: 10 }, { amount: 500, balance: 510 }]);
  });

  it('imports a user with entries', async () => {
    await database.query(load ?? '');
    expect(await entriesOf('7')).toMatchObject([{ source: 'opening' }, { source: 'service', balance: 90 }]);
    expect(await aUser(1)).toBe('8');
  });
});
