import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { users } from './schema.ts';

/** Creates a user with an opening balance in a ledger that has none yet. For a database of the service's own. */
export async function createFirstUser(databaseUrl: string, balance: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('set user_balance.writes_entries = on');
    await drizzle(client).execute(
      sql`with created as (
          insert into ${users} (balance, version) select ${balance}::bigint, 1 where not exists (select from ${users})
          returning id, balance
        )
        insert into entries (user_id, version, amount, balance, operation_id, source)
        select id, 1, balance, balance, gen_random_uuid(), 'opening' from created`,
    );
  } finally {
    await client.end();
  }
}
