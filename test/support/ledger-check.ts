import { expect } from 'vitest';
import type { TestDatabase } from './database.ts';

/** Asserts, for every user of the database, what the ledger promises of the balance. */
export async function expectSoundLedger(database: TestDatabase): Promise<void> {
  const broken = await database.query(`
    with chained as (
      select user_id, version, amount, balance,
        version - lag(version, 1, 0::bigint) over walk as step,
        balance - amount - lag(balance, 1, 0::bigint) over walk as gap
      from entries window walk as (partition by user_id order by version)
    ), summed as (
      select user_id, sum(amount) as total, max(version) as version, bool_and(step = 1 and gap = 0) as is_chained
      from chained group by user_id
    )
    select users.id, users.balance, users.version, summed.*
    from users left join summed on summed.user_id = users.id
    where users.balance <> coalesce(total, 0) or users.version <> coalesce(summed.version, 0)
      or not coalesce(is_chained, true) or users.balance < 0`);
  expect(broken).toEqual([]);
}
