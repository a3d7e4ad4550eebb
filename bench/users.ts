import pg from 'pg';
import type { Queryable } from './queryable.ts';
import type { Users } from './stream/plan.ts';

interface Created {
  readonly firstId: number;
  readonly lastId: number;
  readonly count: number;
}

const COUNT_CREATED = `select min(id)::float8 as "firstId", max(id)::float8 as "lastId", count(*)::float8 as count
  from created`;

/** New users in the table of a peer, each with `balance`. */
export async function insertUsers(client: Queryable, table: string, count: number, balance: number): Promise<Users> {
  const { rows } = await client.query<Created>(
    `with created as (
       insert into ${pg.escapeIdentifier(table)} (balance) select $2::bigint from generate_series(1, $1::int) returning id
     ) ${COUNT_CREATED}`,
    [count, balance],
  );
  await client.query(`vacuum analyze ${pg.escapeIdentifier(table)}`);
  return usersOf(rows[0], count);
}

/** New users of the service, each with `balance` and the entry that opens it, as its own creations have. */
export async function insertLedgerUsers(client: Queryable, count: number, balance: number): Promise<Users> {
  await client.query('begin; set local user_balance.writes_entries = on');
  const { rows } = await client.query<Created>(
    `with created as (
       insert into users (balance, version)
       select $2::bigint, case when $2::bigint > 0 then 1 else 0 end from generate_series(1, $1::int) returning id
     ), opened as (
       insert into entries (user_id, version, amount, balance, operation_id, source)
       select id, 1, $2::bigint, $2::bigint, gen_random_uuid(), 'opening' from created where $2::bigint > 0
     ) ${COUNT_CREATED}`,
    [count, balance],
  );
  await client.query('commit');
  await client.query('vacuum analyze users, entries');
  return usersOf(rows[0], count);
}

function usersOf(created: Created | undefined, wanted: number): Users {
  if (created === undefined || created.count !== wanted) throw new Error(`${wanted} users could not be created`);
  const { firstId, lastId, count } = created;
  // Ids are taken from a sequence: whoever else takes some meanwhile leaves a gap.
  if (lastId - firstId + 1 !== count) throw new Error('The new users have ids with a gap between them');
  return { firstId, count };
}
