import { and, desc, eq, isNull, lt, lte, sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import type { Account } from '../domain/decide.ts';
import type { Balance, EntriesQuery, UserId, Version } from '../domain/operation.ts';
import type { ListedEntry } from '../domain/outcome.ts';
import type { Logger } from '../observability/logger.ts';
import type { LedgerReader } from './ledger.ts';
import { listedColumns, toListedEntry } from './recorded-entry.ts';
import { entries, users } from './schema.ts';
import { toStoreError } from './store-error.ts';

const CONNECTIONS_MAX = 2;
const CONNECT_WITHIN_MS = 2000;
const ANSWER_WITHIN_MS = 3000;

/** Committed state, read through a small pool beside the writer: a cold user does not wait for a round, nor it for him. */
export class PostgresLedgerReader implements LedgerReader {
  readonly #pool: pg.Pool;
  readonly #load: (ids: string) => Promise<{ id: number; balance: number; version: number }[]>;
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
    const rows = await this.#load(`{${userIds.join(',')}}`).catch(rethrow);
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

  close(): Promise<void> {
    return this.#pool.end();
  }
}

function rethrow(error: unknown): never {
  throw toStoreError(error);
}
