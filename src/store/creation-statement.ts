import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Creation, UserId } from '../domain/operation.ts';
import { bigintArray, uuidArray } from './array-parameters.ts';
import { hasOpeningEntry } from './ledger.ts';
import { entries, users } from './schema.ts';

/** Resolves to the users that were created; the others exist already. */
export type CreationStatement = (creations: readonly Creation[]) => Promise<readonly UserId[]>;

const parameter = sql.placeholder;

const accountsAsked = sql`unnest(
  ${parameter('ids')}::bigint[], ${parameter('balances')}::bigint[], ${parameter('versions')}::bigint[]
) as asked(id, balance, version)`;

const openingsAsked = sql`unnest(
  ${parameter('ids')}::bigint[], ${parameter('balances')}::bigint[], ${parameter('versions')}::bigint[],
  ${parameter('operationIds')}::uuid[], ${parameter('keys')}::text[]
) as asked(id, balance, version, operation_id, key)`;

/** The users and their opening entries in one statement: both or neither. Each user may appear once only. */
export function prepareCreationStatement(db: NodePgDatabase): CreationStatement {
  const created = db
    .$with('created')
    .as(
      db
        .insert(users)
        .select(sql`select id, balance, version, now(), now() from ${accountsAsked}`)
        .onConflictDoNothing()
        .returning({ id: users.id }),
    );
  const opened = db.$with('opened').as(
    db.insert(entries).select(
      sql`select asked.id, 1, asked.balance, asked.balance, asked.operation_id, asked.key, null::bigint, null::text,
          'opening', now()
        from ${openingsAsked} inner join created on created.id = asked.id where asked.version = 1`,
    ),
  );
  const prepared = db.with(created, opened).select({ id: created.id }).from(created).prepare('create_users');
  return async (creations) => {
    const rows = await prepared.execute({
      ids: bigintArray(creations.map((creation) => creation.userId)),
      balances: bigintArray(creations.map((creation) => creation.balance)),
      versions: bigintArray(creations.map((creation) => (hasOpeningEntry(creation) ? 1 : 0))),
      operationIds: uuidArray(creations.map((creation) => creation.id)),
      keys: creations.map((creation) => creation.idempotencyKey),
    });
    return rows.map((row) => row.id as UserId);
  };
}
