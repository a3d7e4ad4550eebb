import { getTableName } from 'drizzle-orm';
import { INTEGER_MAX } from '../domain/operation.ts';
import type { RefusalCode } from '../domain/outcome.ts';
import { entries, users } from '../store/schema.ts';
import type { RepeatedOperation, UserRow } from './judge.ts';
import type { Walk } from './walk.ts';

const ENTRIES = getTableName(entries);
const USERS = getTableName(users);

/** The slice of a `pg` client that reading needs. */
export interface Queryable {
  query<Row extends object>(config: {
    readonly text: string;
    readonly values: unknown[];
    readonly query_timeout: number;
  }): Promise<{ rows: Row[] }>;
}

/** One page or chunk is a fraction of a second of work; a connection that is silent for this long is lost. */
const ANSWER_WITHIN_MS = 60_000;
/** Millions of operation ids of one user are compared through temporary files. */
const REPEATS_WITHIN_MS = 900_000;

const insufficientFunds = 'insufficient_funds' satisfies RefusalCode;
const limitExceeded = 'balance_limit_exceeded' satisfies RefusalCode;

// The order of a CASE is binding, so nothing here can overflow on a damaged number.
const isMalformed = `case
  when code is null then requested is not null or amount = 0
  when amount <> 0 then true
  when code = '${insufficientFunds}' and requested between -${INTEGER_MAX} and -1 then balance >= -requested
  when code = '${limitExceeded}' and requested between 1 and ${INTEGER_MAX}
    then balance <= ${INTEGER_MAX} - requested
  else true end`;

/**
 * Walks over the rows of `page`, which have the columns of `entries`: one row per user, in the order of ids. `lag` looks
 * within the user and the page only.
 */
const walked = (page: string) => `with page as (${page}), checked as (
  select user_id, version, amount, balance, operation_id, ${isMalformed} as is_malformed,
    amount between -${INTEGER_MAX} and ${INTEGER_MAX} and balance between 0 and ${INTEGER_MAX} as is_in_range
  from page
), walked as (
  select *, case when is_in_range then balance - amount end as start,
    lag(version) over walk as previous_version, lag(balance) over walk as previous_balance,
    lead(version) over walk is null as is_last
  from checked window walk as (partition by user_id order by version)
)
select user_id as "userId", count(*)::int as entries,
  min(version) as "firstVersion", max(version) as "lastVersion",
  min(start) filter (where previous_version is null) as "firstStart",
  min(balance) filter (where is_last) as "lastBalance",
  sum(amount)::text as total,
  count(distinct operation_id) <> count(*) as "hasRepeatedOperation",
  min(array[version, previous_version]) filter (where version > previous_version + 1) as gap,
  min(array[version, previous_balance, start]) filter (where start <> previous_balance) as broken,
  min(array[version, balance, amount]) filter (where not is_in_range) as "outOfRange",
  min(version) filter (where is_malformed) as malformed
from walked group by user_id order by user_id`;

const pageText = walked(`select * from ${ENTRIES}
  where (user_id, version) > ($1::bigint, $2::bigint) and user_id <= $3::bigint
  order by user_id, version limit $4::int`);

const newestText = walked(`select newest.* from unnest($1::bigint[]) as chosen(id) cross join lateral (
    select * from ${ENTRIES} where user_id = chosen.id order by version desc limit $2::int
  ) as newest`);

const chunkText = `select id, balance, version from ${USERS}
  where id > $1::bigint and id <= $2::bigint order by id limit $3::int`;

const sampleText = `select distinct found.id, found.balance, found.version
  from unnest($1::bigint[]) as point(id) cross join lateral (
    select id, balance, version from ${USERS} where ${USERS}.id >= point.id order by id limit $2::int
  ) as found`;

const repeatedText = `select operation_id as "operationId", min(version) as "firstVersion", max(version) as "lastVersion"
  from ${ENTRIES} where user_id = $1::bigint and version >= $2::bigint
  group by operation_id having count(*) > 1 order by 2 limit 1`;

async function rowsOf<Row extends object>(
  client: Queryable,
  text: string,
  values: unknown[],
  withinMs = ANSWER_WITHIN_MS,
): Promise<Row[]> {
  return (await client.query<Row>({ text, values, query_timeout: withinMs })).rows;
}

/** Up to `limit` users with `after` < id <= `upTo`, in the order of ids. */
export function readUsers(client: Queryable, after: string, upTo: string, limit: number): Promise<UserRow[]> {
  return rowsOf(client, chunkText, [after, upTo, limit]);
}

/** Up to `runLength` users from each id on, in no order, each once. */
export function readUsersFrom(client: Queryable, ids: readonly string[], runLength: number): Promise<UserRow[]> {
  return rowsOf(client, sampleText, [ids, runLength]);
}

/** Walks over up to `limit` entries after (`userId`, `version`) of users up to `upTo`, by user id. */
export function walkPage(
  client: Queryable,
  after: { readonly userId: string; readonly version: string },
  upTo: string,
  limit: number,
): Promise<Walk[]> {
  return rowsOf(client, pageText, [after.userId, after.version, upTo, limit]);
}

/** Walks over the newest `limit` entries of each of these users. */
export function walkNewest(client: Queryable, userIds: readonly string[], limit: number): Promise<Walk[]> {
  return rowsOf(client, newestText, [userIds, limit]);
}

/** The first operation id that a user's entries from `sinceVersion` on hold twice, or null. */
export async function findRepeated(
  client: Queryable,
  userId: string,
  sinceVersion: string,
): Promise<RepeatedOperation | null> {
  const values = [userId, sinceVersion];
  const [row] = await rowsOf<RepeatedOperation>(client, repeatedText, values, REPEATS_WITHIN_MS);
  return row ?? null;
}

/** The lowest and the highest user id; null without a user. */
export async function readIdRange(client: Queryable): Promise<{ readonly min: string; readonly max: string } | null> {
  const text = `select min(id) as min, max(id) as max from ${USERS}`;
  const [row] = await rowsOf<{ min: string | null; max: string | null }>(client, text, []);
  return row === undefined || row.min === null || row.max === null ? null : { min: row.min, max: row.max };
}

/** How many users have `from` <= id <= `to`; at most `max` are counted. */
export async function countUsers(client: Queryable, from: string, to: string, max: number): Promise<number> {
  const text = `select count(*)::int as count from (
    select from ${USERS} where id between $1::bigint and $2::bigint limit $3::int) as some`;
  const [row] = await rowsOf<{ count: number }>(client, text, [from, to, max]);
  return row?.count ?? 0;
}

/** How many users the planner believes there are. */
export async function readUsersStatistic(client: Queryable): Promise<number> {
  const text = 'select reltuples::float8 as count from pg_class where oid = $1::regclass';
  const [row] = await rowsOf<{ count: number }>(client, text, [USERS]);
  return row?.count ?? 0;
}
