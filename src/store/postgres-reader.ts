import { and, desc, eq, isNull, lt, lte, sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import type { Account } from '../domain/decide.ts';
import type { Balance, EntriesQuery, UserId, Version } from '../domain/operation.ts';
import type { ListedEntry } from '../domain/outcome.ts';
import type { Logger } from '../observability/logger.ts';
import { bigintArray } from './array-parameters.ts';
import type { LedgerReader } from './ledger.ts';
import { listedColumns, toListedEntry } from './recorded-entry.ts';
import { entries, users } from './schema.ts';
import { StoreError, toStoreError } from './store-error.ts';

const CONNECTIONS_MAX = 2;
const CONNECT_WITHIN_MS = 2000;
const ANSWER_WITHIN_MS = 3000;
/** Ids looked at in one statement, and such statements for one id: users may have been created with ids of their own. */
const ALLOCATION_LOOK = 10_000;
const ALLOCATION_LOOKS_MAX = 100;

/** Committed state, read through a small pool beside the writer: a cold user does not wait for a round, nor it for him. */
export class PostgresLedgerReader implements LedgerReader {
  readonly #pool: pg.Pool;
  readonly #load: (ids: Buffer) => Promise<{ id: number; balance: number; version: number }[]>;
  readonly #db: NodePgDatabase;

  constructor(databaseUrl: string, log: Pick<Logger, 'warn'>) {
    this.#pool = new pg.Pool({
      connectionString: databaseUrl,
      max: CONNECTIONS_MAX,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      idleTimeoutMillis: 0,
      application_name: 'highload-user-balance reader',
    });
    this.#pool.on('error', (error) => log.warn({ reason: error.message }, 'a reading connection was lost'));
    this.#db = drizzle(this.#pool);
    const load = this.#db
      .select({ id: users.id, balance: users.balance, version: users.version })
      .from(users)
      .where(sql`${users.id} = any(${sql.placeholder('ids')}::bigint[])`)
      .prepare('load_accounts');
    this.#load = (ids) => load.execute({ ids });
  }

  async load(userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, Account>> {
    const rows = await this.#load(bigintArray(userIds)).catch(rethrow);
    return new Map(
      rows.map((row) => [row.id as UserId, { balance: row.balance as Balance, version: row.version as Version }]),
    );
  }

  async listEntries(query: EntriesQuery, upTo: Version): Promise<readonly ListedEntry[]> {
    const rows = await this.#db
      .select(listedColumns)
      .from(entries)
      .where(
        and(
          eq(entries.userId, query.userId),
          lte(entries.version, upTo),
          query.before === null ? undefined : lt(entries.version, query.before),
          query.withRefused ? undefined : isNull(entries.code),
        ),
      )
      .orderBy(desc(entries.version))
      .limit(query.limit)
      .catch(rethrow);
    return rows.map(toListedEntry);
  }

  async allocateUserIds(count: number): Promise<readonly UserId[]> {
    for (let look = 0; look < ALLOCATION_LOOKS_MAX; look += 1) {
      // nextval runs once for each candidate that is looked at, and the last one wanted ends the look. The scalar
      // subquery stays a look into the index for each; NOT EXISTS would be planned as a join with all users.
      const { rows } = await this.#db
        .execute<{ id: string }>(
          sql`select candidate.id from (
              select nextval(pg_get_serial_sequence('users', 'id')) as id from generate_series(1, ${ALLOCATION_LOOK})
            ) as candidate
            where (select true from users where users.id = candidate.id) is null limit ${count}`,
        )
        .catch(rethrow);
      if (rows.length > 0) return rows.map((row) => Number(row.id) as UserId);
    }
    throw new StoreError('not_applied', 'too many ids in a row are taken');
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

function rethrow(error: unknown): never {
  throw toStoreError(error);
}
