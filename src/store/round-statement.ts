import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { INTEGER_MAX, type UserId } from '../domain/operation.ts';
import { bigintArray, uuidArray } from './array-parameters.ts';
import type { UserChange } from './ledger.ts';
import { entries, users } from './schema.ts';

/** Runs one prepared form of the statement; resolves to the users that were changed. */
export type RoundStatement = (round: readonly UserChange[]) => Promise<readonly UserId[]>;

export interface RoundForm {
  /** The round has idempotency keys: a change whose key is in the ledger already is held back. */
  readonly keyed: boolean;
  /** Leaves out users whose row is locked by somebody else instead of waiting. */
  readonly skipLocked: boolean;
}

const parameter = sql.placeholder;

/**
 * The one statement that changes balances: a guarded UPDATE of every user of the round, and the entries of those whose
 * guard passed. One round trip, one commit.
 *
 * The guard has the last word: under READ COMMITTED an UPDATE that waited for a row lock judges the row as it is then,
 * so a statement sent twice changes a user once. Each user may appear once only: UPDATE ... FROM would silently take
 * one of several rows. The main query is a plain SELECT, since Citus accepts no other shape.
 *
 * It is planned once per connection, perhaps on an empty table, and that plan must do for a large one: so every access
 * to a table names the keys it wants by itself, and no join could be planned as a scan of all of it.
 */
export function prepareRoundStatement(db: NodePgDatabase, form: RoundForm): RoundStatement {
  const changed = db.$with('changed').as(
    db
      .update(users)
      .set({
        balance: sql`${users.balance} + change.delta`,
        version: sql`${users.version} + change.count`,
        updatedAt: sql`now()`,
      })
      .from(form.skipLocked ? sql`locked as change` : changesOfRound)
      .where(sql`${isOfRound} and ${guard}${form.keyed ? sql` and ${keysAreNew}` : sql``}`)
      .returning({ id: users.id }),
  );
  const written = db.$with('written').as(db.insert(entries).select(form.keyed ? keyedEntries : plainEntries));
  const before = [
    ...(form.skipLocked ? [db.$with('locked', { id: users.id }).as(lockedChanges)] : []),
    ...(form.keyed ? [db.$with('known', { userId: entries.userId }).as(knownKeys)] : []),
  ];
  const prepared = db
    .with(...before, changed, written)
    .select({ id: changed.id })
    .from(changed)
    .prepare(nameOf(form));
  return async (round) => {
    const rows = await prepared.execute(parametersOf(round, form.keyed));
    return rows.map((row) => row.id as UserId);
  };
}

const changesOfRound = sql`unnest(
  ${parameter('ids')}::bigint[], ${parameter('deltas')}::bigint[],
  ${parameter('counts')}::bigint[], ${parameter('expectedVersions')}::bigint[]
) as change(id, delta, count, expected_version)`;

const isOfRound = sql`${users.id} = any(${parameter('ids')}::bigint[]) and ${users.id} = change.id`;

const guard = sql`${users.version} = change.expected_version
  and ${users.balance} + change.delta between 0 and ${sql.raw(String(INTEGER_MAX))}`;

/** Takes the row locks in the order of ids, which the UPDATE alone does not promise. */
const lockedChanges = sql`select change.* from ${changesOfRound} inner join ${users} on ${isOfRound}
  order by change.id for no key update of ${users} skip locked`;

/** Users of the round with a key that is in the ledger already. LIMIT keeps it one look into the index for each key. */
const knownKeys = sql`select sent.user_id
  from unnest(${parameter('entryUserIds')}::bigint[], ${parameter('keys')}::text[]) as sent(user_id, key)
  cross join lateral (
    select from ${entries} where ${entries.userId} = sent.user_id and ${entries.idempotencyKey} = sent.key limit 1
  ) as found`;

const keysAreNew = sql`not exists (select from known where known.user_id = ${users.id})`;

const plainColumns = sql`${parameter('entryUserIds')}::bigint[], ${parameter('versions')}::bigint[],
  ${parameter('amounts')}::bigint[], ${parameter('balances')}::bigint[], ${parameter('operationIds')}::uuid[]`;

const plainEntries = sql`select entry.user_id, entry.version, entry.amount, entry.balance, entry.operation_id,
    null::text, null::bigint, null::text, 'service', now()
  from unnest(${plainColumns}) as entry(user_id, version, amount, balance, operation_id)
  inner join changed on changed.id = entry.user_id`;

const keyedEntries = sql`select entry.user_id, entry.version, entry.amount, entry.balance, entry.operation_id,
    entry.key, entry.requested, entry.code, 'service', now()
  from unnest(${plainColumns}, ${parameter('keys')}::text[], ${parameter('requested')}::bigint[],
    ${parameter('codes')}::text[])
    as entry(user_id, version, amount, balance, operation_id, key, requested, code)
  inner join changed on changed.id = entry.user_id`;

function nameOf(form: RoundForm): string {
  return `round${form.keyed ? '_keyed' : ''}${form.skipLocked ? '_skip_locked' : ''}`;
}

function parametersOf(round: readonly UserChange[], keyed: boolean): Record<string, unknown> {
  const ids: number[] = [];
  const deltas: number[] = [];
  const counts: number[] = [];
  const expectedVersions: number[] = [];
  for (const { userId, expected, next } of round) {
    ids.push(userId);
    deltas.push(next.balance - expected.balance);
    counts.push(next.version - expected.version);
    expectedVersions.push(expected.version);
  }
  return {
    ids: bigintArray(ids),
    deltas: bigintArray(deltas),
    counts: bigintArray(counts),
    expectedVersions: bigintArray(expectedVersions),
    ...entryParametersOf(round),
    ...(keyed ? keyParametersOf(round) : {}),
  };
}

function entryParametersOf(round: readonly UserChange[]): Record<string, Buffer> {
  const entryUserIds: number[] = [];
  const versions: number[] = [];
  const amounts: number[] = [];
  const balances: number[] = [];
  const operationIds: string[] = [];
  for (const change of round) {
    for (const entry of change.entries) {
      entryUserIds.push(change.userId);
      versions.push(entry.version);
      amounts.push(entry.amount);
      balances.push(entry.balance);
      operationIds.push(entry.operationId);
    }
  }
  return {
    entryUserIds: bigintArray(entryUserIds),
    versions: bigintArray(versions),
    amounts: bigintArray(amounts),
    balances: bigintArray(balances),
    operationIds: uuidArray(operationIds),
  };
}

/** Keys are the caller's text: the driver escapes them. */
function keyParametersOf(round: readonly UserChange[]): Record<string, unknown> {
  const all = round.flatMap((change) => change.entries);
  return {
    keys: all.map((entry) => entry.idempotencyKey),
    requested: all.map((entry) => entry.refusal?.requested ?? null),
    codes: all.map((entry) => entry.refusal?.code ?? null),
  };
}
