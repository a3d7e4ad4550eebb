import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { createDatabase } from '../../src/store/create-database.ts';
import { createFirstUser } from '../../src/store/first-user.ts';
import { applyMigrations } from '../../src/store/migrations.ts';
import { databaseUrlOf } from '../support/database.ts';

const name = `test_${randomBytes(6).toString('hex')}`;
const url = () => databaseUrlOf(inject('serverUrl'), name);

async function query<Row extends pg.QueryResultRow>(connectionString: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query<Row>(sql).finally(() => client.end());
  return rows;
}

afterAll(() => query(inject('serverUrl'), `drop database ${name} with (force)`));

describe('a database that is missing', () => {
  it('is created once, however many ask at the same time', async () => {
    const created = await Promise.all(Array.from({ length: 4 }, () => createDatabase(url())));
    expect(created.filter(Boolean)).toHaveLength(1);
    expect(await createDatabase(url())).toBe(false);
  });

  it('gets every migration once, however many launchers start together', async () => {
    await Promise.all(Array.from({ length: 6 }, () => applyMigrations(url())));
    const [row] = await query<{ applied: number; distinct_hashes: number }>(
      url(),
      `select count(*)::int as applied, count(distinct hash)::int as distinct_hashes from drizzle.__drizzle_migrations`,
    );
    expect(row?.applied).toBe(row?.distinct_hashes);
    expect(row?.applied).toBeGreaterThanOrEqual(2);
  });

  it('gets its first user once, with an entry that explains the balance', async () => {
    await createFirstUser(url(), 10_000);
    await createFirstUser(url(), 10_000);
    const users = await query(url(), 'select id::int, balance::int, version::int from users');
    expect(users).toEqual([{ id: 1, balance: 10_000, version: 1 }]);
    const entries = await query(url(), 'select amount::int, balance::int, source from entries');
    expect(entries).toEqual([{ amount: 10_000, balance: 10_000, source: 'opening' }]);
  });
});
