import pg from 'pg';
import type { Queryable } from '../queryable.ts';
import type { Expected, StreamProof } from '../sides/side.ts';
import type { AnswerList, Users } from '../stream/plan.ts';
import { noteBefore, proveStandings } from './before-stream.ts';
import { differences } from './differences.ts';
import { unexpectedOutcomes } from './outcomes.ts';

export interface WatchedTable {
  readonly table: string;
  readonly users: Users;
  readonly expected: Expected;
}

/** Watches users of a table that keeps no entries: balances are all there is to compare. */
export async function watchBalances(client: Queryable, watched: WatchedTable): Promise<StreamProof> {
  const { table, users, expected } = watched;
  await noteBefore(client, table, users);
  return async (result) => [
    ...unexpectedOutcomes(result, expected),
    ...(await proveStandings(client, table, { users, accepted: result.accepted, hasVersions: false })),
    ...(await proveReads(client, table, result.reads)),
  ];
}

/** Without a history, all that can be said of a balance that was read: it was one between the first and the last. */
async function proveReads(client: Queryable, table: string, reads: AnswerList): Promise<readonly string[]> {
  if (reads.userIds.length === 0) return [];
  const { rows } = await client.query<{ plausible: number }>(
    `select count(*)::float8 as plausible
     from unnest($1::bigint[], $2::bigint[]) as answer(id, balance) join before_stream as before using (id)
       join ${pg.escapeIdentifier(table)} as now using (id)
     where answer.balance between now.balance and before.balance`,
    [reads.userIds, reads.balances],
  );
  return differences([['balances read that the user may have had', rows[0]?.plausible ?? 0, reads.userIds.length]]);
}
