import type { Queryable } from '../queryable.ts';

/**
 * Makes every statement that changes balances take longer, as a slow disk or a distant standby does: so the ledger and
 * not the processor, which the load generator shares, is what the load is too much for.
 */
export async function slowDown(client: Queryable, roundMs: number): Promise<void> {
  await client.query(
    `create function slow_down() returns trigger language plpgsql as
     $$ begin perform pg_sleep(${Number(roundMs)} / 1000.0); return null; end $$`,
  );
  await client.query('create trigger slow_down before update on users for each statement execute function slow_down()');
}

/** Users 1 to `count`, each with money, on a database that has none. */
export async function createUsers(client: Queryable, count: number): Promise<void> {
  await client.query('insert into users (balance) select 1000000 from generate_series(1, $1::int)', [count]);
  await client.query('analyze users');
}
