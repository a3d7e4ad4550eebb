import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { EntrySource } from '../domain/decide.ts';

/** One row per user. `balance` is in minor units; `version` is the version of the user's newest entry, 0 without any. */
export const users = pgTable(
  'users',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedByDefaultAsIdentity({ maxValue: 9007199254740991 }),
    balance: bigint({ mode: 'number' }).notNull(),
    version: bigint({ mode: 'number' }).notNull().default(0),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    check('users_id_range', sql`${table.id} between 1 and 9007199254740991`),
    check('users_balance_range', sql`${table.balance} between 0 and 9007199254740991`),
    check('users_version_range', sql`${table.version} >= 0`),
  ],
);

/**
 * The ledger: append-only, one row per change and per recorded refusal, keyed first by the user.
 * A recorded refusal has amount 0, and what was asked for and why it was refused in `requested` and `code`.
 *
 * No index on `operation_id`: it would halve the write speed, and operations are looked up by user and version.
 */
export const entries = pgTable(
  'entries',
  {
    userId: bigint('user_id', { mode: 'number' }).notNull(),
    version: bigint({ mode: 'number' }).notNull(),
    amount: bigint({ mode: 'number' }).notNull(),
    balance: bigint({ mode: 'number' }).notNull(),
    operationId: uuid('operation_id').notNull(),
    idempotencyKey: text('idempotency_key'),
    requested: bigint({ mode: 'number' }),
    code: text(),
    source: text().$type<EntrySource>().notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.version] }),
    uniqueIndex('entries_idempotency_key')
      .on(table.userId, table.idempotencyKey)
      .where(sql`idempotency_key is not null`),
    check('entries_version_range', sql`${table.version} >= 1`),
    check('entries_balance_range', sql`${table.balance} between 0 and 9007199254740991`),
  ],
);

/** At most one row: the launcher that has taken leases last, and since when. */
export const tenure = pgTable(
  'tenure',
  {
    isCurrent: boolean('is_current').primaryKey().default(true),
    launcherTag: integer('launcher_tag').notNull(),
    since: timestamp({ withTimezone: true }).notNull(),
  },
  (table) => [check('tenure_is_one_row', sql`${table.isCurrent}`)],
);
