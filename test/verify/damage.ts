import type { TestDatabase } from '../support/database.ts';

/** Lets SQL store what the service never would: no trigger fires, and no range is checked. */
export async function allowDamage(database: TestDatabase): Promise<void> {
  await database.query(`alter table users drop constraint users_balance_range, disable trigger all`);
  await database.query(`alter table entries drop constraint entries_balance_range, disable trigger all`);
}

/** Users `from` to `to` with `entries` sound entries each: an opening balance of 1,000, then deposits and withdrawals. */
export async function addUsers(database: TestDatabase, from: number, to: number, entries: number): Promise<void> {
  const balance = (version: string) => `1000 + (${version} - 1) % 2 * 7`;
  const ids = `generate_series(${from}, ${to}) as id`;
  await database.query(
    `begin; set local user_balance.writes_entries = on;
     insert into users (id, balance, version) select id, ${balance(`${entries}`)}, ${entries} from ${ids};
     insert into entries (user_id, version, amount, balance, operation_id, source)
     select id, version, case when version = 1 then 1000 when version % 2 = 0 then 7 else -7 end,
       ${balance('version')}, gen_random_uuid(), 'service'
     from ${ids}, generate_series(1, ${entries}) as version;
     commit`,
  );
}

/** Removes every user and entry. */
export async function clear(database: TestDatabase): Promise<void> {
  await database.empty();
}
