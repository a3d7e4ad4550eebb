import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Creation } from '../domain/operation.ts';
import { hasOpeningEntry } from './ledger.ts';
import { entries, users } from './schema.ts';

/** Resolves to false when the user exists already. */
export type CreationStatement = (creation: Creation) => Promise<boolean>;

const parameter = sql.placeholder;

/** The user and its opening entry in one statement: both or neither. */
export function prepareCreationStatement(db: NodePgDatabase): CreationStatement {
  const created = db.$with('created').as(
    db
      .insert(users)
      .values({
        id: parameter('userId'),
        balance: parameter('balance'),
        version: parameter('version'),
      })
      .onConflictDoNothing()
      .returning({ id: users.id }),
  );
  const opened = db.$with('opened').as(
    db.insert(entries).select(
      sql`select id, 1, ${parameter('balance')}::bigint, ${parameter('balance')}::bigint,
          ${parameter('operationId')}::uuid, ${parameter('key')}::text, null::bigint, null::text, 'opening', now()
        from created where ${parameter('version')}::bigint = 1`,
    ),
  );
  const prepared = db.with(created, opened).select({ id: created.id }).from(created).prepare('create_user');
  return async (creation) => {
    const rows = await prepared.execute({
      userId: creation.userId,
      balance: creation.balance,
      version: hasOpeningEntry(creation) ? 1 : 0,
      operationId: creation.id,
      key: creation.idempotencyKey,
    });
    return rows.length === 1;
  };
}
