import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { expectSoundLedger } from '../support/ledger-check.ts';
import { Service } from '../support/service.ts';

const database = useDatabase();
const roles: string[] = [];

/** The URL of the database for a new login that has nothing but `role`. */
async function loginIn(role: string): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  await database.query(`create role ${name} login password '${password}' in role ${role}`);
  roles.push(name);
  const url = new URL(database.url);
  url.username = name;
  url.password = password;
  return url.href;
}

async function attempt(url: string, sql: string): Promise<string | null> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client
    .query(sql)
    .then(
      () => null,
      (error: pg.DatabaseError) => error.code ?? '',
    )
    .finally(() => client.end());
}

const PERMISSION_DENIED = '42501';

let appUrl: string;
let auditorUrl: string;
beforeAll(async () => {
  appUrl = await loginIn('user_balance_app');
  auditorUrl = await loginIn('user_balance_auditor');
  await database.query('insert into users (id, balance) values (1, 100)');
});
afterAll(async () => {
  for (const role of roles) await database.query(`drop role ${role}`);
});

describe('the role of the service', () => {
  it.each([
    'delete from users',
    'delete from entries',
    'truncate entries',
    'truncate users',
    'update entries set amount = 0',
    'update users set id = 2',
    'update users set created_at = now()',
    'drop table entries',
    'alter table users disable trigger all',
    'set session_replication_role = replica',
    'create table own (id int)',
    'delete from tenure',
    'delete from drizzle.__drizzle_migrations',
  ])('may not: %s', async (sql) => {
    expect(await attempt(appUrl, sql)).toBe(PERMISSION_DENIED);
  });

  it('is enough for the whole service, its restart after a lost session included', async () => {
    const service = await new Service({ databaseUrl: appUrl, workers: 2 }).whenReady();
    const userId = await service.createUser(10);
    const change = (amount: number, headers = {}) =>
      service.request('PATCH', `/api/users/${userId}/balance`, { amount }, headers);
    expect((await change(-4, { 'idempotency-key': 'a' })).body).toMatchObject({ balance: 6, version: 2 });
    expect((await change(-7, { 'idempotency-key': 'b' })).body).toMatchObject({ code: 'insufficient_funds' });
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%writer%'`,
    );
    expect((await change(-6)).body).toMatchObject({ balance: 0, version: 4 });
    expect((await service.get(`/api/users/${userId}/entries?limit=10`)).body.entries).toHaveLength(3);
    expect(await service.end()).toBe(0);
    await expectSoundLedger(database);
  });
});

describe('the role of an auditor', () => {
  it('reads users and entries, and changes neither', async () => {
    expect(await attempt(auditorUrl, 'select * from users join entries on user_id = id')).toBeNull();
    expect(await attempt(auditorUrl, 'update users set balance = balance + 1')).toBe(PERMISSION_DENIED);
    expect(await attempt(auditorUrl, 'insert into users (balance) values (1)')).toBe(PERMISSION_DENIED);
  });
});

describe('whoever owns the tables', () => {
  it.each(['delete from users', 'truncate users cascade', 'truncate entries', 'update entries set amount = 0'])(
    'is refused as well: %s',
    async (sql) => {
      expect(await attempt(database.url, sql)).toBe('23001');
    },
  );
});

describe('a role that may not change the schema', () => {
  it('is told so when the schema is not up to date', async () => {
    await database.query('delete from drizzle.__drizzle_migrations');
    const service = new Service({ databaseUrl: appUrl, workers: 1 });
    await expect(service.whenReady()).rejects.toThrow(/run "user-balance migrate" as the owner of the schema/);
  });
});
