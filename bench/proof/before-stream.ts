import pg from 'pg';
import { WITHDRAWAL } from '../answers.ts';
import type { Queryable } from '../queryable.ts';
import type { AnswerList, Users } from '../stream/plan.ts';
import { differences } from './differences.ts';

/** How users stood before a stream: one row each, for this connection only. Streams come one after the other. */
export async function noteBefore(client: Queryable, table: string, { firstId, count }: Users): Promise<void> {
  await client.query('drop table if exists pg_temp.before_stream');
  await client.query('create temp table before_stream (id bigint primary key, balance bigint, version bigint)');
  await client.query(
    `insert into before_stream select id, balance, version from ${pg.escapeIdentifier(table)}
     where id between $1 and $2`,
    [firstId, firstId + count - 1],
  );
  await client.query('analyze before_stream');
}

interface Standing {
  readonly users: number;
  readonly offBalance: number;
  readonly offVersion: number;
}

const standing = (table: string) => `
  select count(now)::float8 as users,
    count(*) filter (where now.balance is distinct from before.balance - $3 * coalesce(done.times, 0))::float8
      as "offBalance",
    count(*) filter (where now.version is distinct from before.version + coalesce(done.times, 0))::float8
      as "offVersion"
  from before_stream as before left join ${table} as now using (id)
    left join unnest($1::bigint[], $2::bigint[]) as done(id, times) using (id)`;

/** Every user must own what it owned before, less its accepted withdrawals. Peers keep no versions. */
export async function proveStandings(
  client: Queryable,
  table: string,
  { users, accepted, hasVersions }: { users: Users; accepted: AnswerList; hasVersions: boolean },
): Promise<readonly string[]> {
  const times = new Map<number, number>();
  for (const id of accepted.userIds) times.set(id, (times.get(id) ?? 0) + 1);
  const { rows } = await client.query<Standing>(standing(pg.escapeIdentifier(table)), [
    [...times.keys()],
    [...times.values()],
    WITHDRAWAL,
  ]);
  const isOutside = (id: number) => !(id >= users.firstId && id < users.firstId + users.count);
  const [facts] = rows;
  return differences([
    ['users', facts?.users ?? Number.NaN, users.count],
    ['accepted answers for a user who was not asked for', accepted.userIds.filter(isOutside).length, 0],
    ['users whose balance is not explained by the accepted answers', facts?.offBalance ?? Number.NaN, 0],
    ...(hasVersions
      ? ([['users whose version is not explained by them', facts?.offVersion ?? Number.NaN, 0]] as const)
      : []),
  ]);
}
