import type { Queryable } from '../queryable.ts';
import type { Expected, StreamProof } from '../sides/side.ts';
import type { AnswerList, Users } from '../stream/plan.ts';
import { noteBefore, proveStandings } from './before-stream.ts';
import { differences } from './differences.ts';
import { unexpectedOutcomes } from './outcomes.ts';

export interface WatchedLedger {
  readonly users: Users;
  readonly expected: Expected;
}

/** Watches users of the service: their balances, the entries that lead to them, and the answers that name these. */
export async function watchLedger(client: Queryable, { users, expected }: WatchedLedger): Promise<StreamProof> {
  await noteBefore(client, 'users', users);
  return async (result) => [
    ...unexpectedOutcomes(result, expected),
    ...(await proveChanges(client, users, result.accepted)),
    ...(await proveReads(client, result.reads)),
  ];
}

/** Everything that the accepted withdrawals of 2 should have left behind, and nothing else. */
export async function proveChanges(client: Queryable, users: Users, accepted: AnswerList): Promise<readonly string[]> {
  return [
    ...(await proveStandings(client, 'users', { users, accepted, hasVersions: true })),
    ...(await proveEntries(client, accepted.userIds.length)),
    ...(await proveAnswers(client, accepted)),
  ];
}

interface EntryFacts {
  readonly entries: number;
  readonly gaps: number;
  readonly breaks: number;
  readonly strangers: number;
}

const NEW_ENTRIES = `
  with line as (
    select entries.version, entries.amount, entries.balance, entries.source,
      lag(entries.version, 1, before.version) over history as version_before,
      lag(entries.balance, 1, before.balance) over history as balance_before
    from before_stream as before join entries on entries.user_id = before.id and entries.version > before.version
    window history as (partition by entries.user_id order by entries.version)
  )
  select count(*)::float8 as entries,
    count(*) filter (where version <> version_before + 1)::float8 as gaps,
    count(*) filter (where balance <> balance_before + amount)::float8 as breaks,
    count(*) filter (where source <> 'service')::float8 as strangers
  from line`;

/** From where each user stood, one new entry for every accepted answer, each beginning where the one before ended. */
async function proveEntries(client: Queryable, accepted: number): Promise<readonly string[]> {
  const { rows } = await client.query<EntryFacts>(NEW_ENTRIES);
  const [facts] = rows;
  return differences([
    ['new entries', facts?.entries ?? Number.NaN, accepted],
    ['gaps between versions', facts?.gaps ?? Number.NaN, 0],
    ['entries that do not start where the one before ended', facts?.breaks ?? Number.NaN, 0],
    ['entries that are not of the service', facts?.strangers ?? Number.NaN, 0],
  ]);
}

/** Every accepted answer names an entry of its own, with its version and its balance. */
async function proveAnswers(client: Queryable, accepted: AnswerList): Promise<readonly string[]> {
  if (accepted.userIds.length === 0) return [];
  const { userIds, versions, balances, operationIds } = accepted;
  const { rows } = await client.query<{ acknowledged: number }>(
    `select count(distinct entries.operation_id)::float8 as acknowledged
     from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]) as answer(id, version, balance, operation_id)
       join entries on entries.user_id = answer.id and entries.version = answer.version
         and entries.balance = answer.balance and entries.operation_id::text = answer.operation_id`,
    [userIds, versions, balances, operationIds],
  );
  return differences([['accepted answers with an entry of their own', rows[0]?.acknowledged ?? 0, userIds.length]]);
}

/** Every balance that was read is where the user stood before, or what an entry left, at the version that was named. */
async function proveReads(client: Queryable, { userIds, versions, balances }: AnswerList): Promise<readonly string[]> {
  if (userIds.length === 0) return [];
  const { rows } = await client.query<{ known: number }>(
    `select count(*)::float8 as known
     from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as answer(id, version, balance)
       join before_stream as before using (id)
       left join entries on entries.user_id = answer.id and entries.version = answer.version
     where answer.balance = entries.balance
       or (answer.version = before.version and answer.balance = before.balance)`,
    [userIds, versions, balances],
  );
  return differences([['balances read that the ledger knows', rows[0]?.known ?? 0, userIds.length]]);
}
