import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Balance, Creation, UserId, Version } from '../domain/operation.ts';
import { bigintArray } from './array-parameters.ts';
import type { Inspection } from './ledger.ts';
import { type RecordedRow, toRecordedEntry } from './recorded-entry.ts';

type Row = { readonly userId: number; readonly accountBalance: number; readonly accountVersion: number } & {
  readonly [Column in keyof RecordedRow]: RecordedRow[Column] | null;
};

const columns = sql`version::float8, amount::float8, balance::float8, operation_id as "operationId",
  idempotency_key as "idempotencyKey", requested::float8, code, source`;

/** What is there of users that could not be created. LIMIT keeps each look one into an index, however it is planned. */
export async function inspectOpenings(
  db: NodePgDatabase,
  creations: readonly Creation[],
): Promise<ReadonlyMap<UserId, Inspection>> {
  const ids = bigintArray(creations.map((creation) => creation.userId));
  const keys = creations.map((creation) => creation.idempotencyKey);
  const { rows } = await db.execute<Row>(
    sql`select asked.id::float8 as "userId", account.balance::float8 as "accountBalance",
        account.version::float8 as "accountVersion", entry.*
      from unnest(${ids}::bigint[], ${sql.param(keys)}::text[]) as asked(id, key)
      cross join lateral (select balance, version from users where users.id = asked.id limit 1) as account
      left join lateral (
        (select ${columns} from entries where user_id = asked.id and version = 1 limit 1)
        union all
        (select ${columns} from entries where user_id = asked.id and idempotency_key = asked.key limit 1)
      ) as entry on true`,
  );
  const found = new Map<UserId, Inspection>();
  for (const row of rows) {
    const { accountBalance: balance, accountVersion: version } = row;
    const userId = row.userId as UserId;
    const account = { balance: balance as Balance, version: version as Version };
    const entries = row.version === null ? [] : [toRecordedEntry(row as RecordedRow)];
    found.set(userId, { account, entries: [...(found.get(userId)?.entries ?? []), ...entries] });
  }
  return found;
}
