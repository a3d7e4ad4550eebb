import { and, eq, gte, inArray, or, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { RecordedEntry } from '../domain/decide.ts';
import type { Balance, Creation, OperationId, UserId, Version } from '../domain/operation.ts';
import { prepareCreationStatement } from './creation-statement.ts';
import type { Inspection, LedgerWriter, UserChange } from './ledger.ts';
import { inspectOpenings } from './opening-query.ts';
import { recordedColumns, toRecordedEntry } from './recorded-entry.ts';
import { prepareRoundStatement, type RoundForm } from './round-statement.ts';
import { entries, users } from './schema.ts';
import type { WriterSession } from './writer-session.ts';

/** What is prepared once on every connection of the writer. */
export type WriterStatements = ReturnType<typeof prepareWriterStatements>;

export function prepareWriterStatements(db: NodePgDatabase) {
  const round = (form: RoundForm) => prepareRoundStatement(db, form);
  return {
    db,
    round: {
      plain: {
        waiting: round({ keyed: false, skipLocked: false }),
        skipping: round({ keyed: false, skipLocked: true }),
      },
      keyed: { waiting: round({ keyed: true, skipLocked: false }), skipping: round({ keyed: true, skipLocked: true }) },
    },
    create: prepareCreationStatement(db),
  };
}

/** Entries of one user scanned for operation ids at a time. */
const SCAN_PAGE = 1000;

/** The ledger, changed through the one session of this worker. */
export class PostgresLedgerWriter implements LedgerWriter {
  readonly #session: WriterSession<WriterStatements>;

  constructor(session: WriterSession<WriterStatements>) {
    this.#session = session;
  }

  async apply(round: readonly UserChange[], options: { readonly skipLocked: boolean }): Promise<ReadonlySet<UserId>> {
    const isKeyed = round.some((change) => change.entries.some((entry) => entry.idempotencyKey !== null));
    const changed = await this.#session.run((statements) => {
      const forms = isKeyed ? statements.round.keyed : statements.round.plain;
      return options.skipLocked ? forms.skipping(round) : forms.waiting(round);
    });
    return new Set(changed);
  }

  async create(creations: readonly Creation[]): Promise<ReadonlySet<UserId>> {
    return new Set(await this.#session.run((statements) => statements.create(creations)));
  }

  async inspect(userId: UserId, version: Version, keys: readonly string[]): Promise<Inspection> {
    const isAskedFor = or(
      eq(entries.version, version),
      keys.length === 0 ? undefined : inArray(entries.idempotencyKey, [...keys]),
    );
    const rows = await this.#session.run(({ db }) =>
      db
        .select({ balance: users.balance, version: users.version, entry: recordedColumns })
        .from(users)
        .leftJoin(entries, and(eq(entries.userId, users.id), isAskedFor))
        .where(eq(users.id, userId)),
    );
    const [first] = rows;
    if (first === undefined) return { account: null, entries: [] };
    return {
      account: { balance: first.balance as Balance, version: first.version as Version },
      entries: rows.flatMap(({ entry }) => (entry === null ? [] : [toRecordedEntry(entry)])),
    };
  }

  inspectOpenings(creations: readonly Creation[]): Promise<ReadonlyMap<UserId, Inspection>> {
    return this.#session.run(({ db }) => inspectOpenings(db, creations));
  }

  async findOperations(
    userId: UserId,
    ids: readonly OperationId[],
    sinceMs: number,
  ): Promise<readonly RecordedEntry[]> {
    const found: RecordedEntry[] = [];
    const since = sql`to_timestamp(${sinceMs / 1000})`;
    for (let before = Number.MAX_SAFE_INTEGER; ; ) {
      // Walks the primary key downwards: an index on operation ids would cost every write to save this rare look.
      const page = await this.#session.run(({ db }) =>
        db
          .select({ ...recordedColumns, isRecent: sql<boolean>`${gte(entries.createdAt, since)}` })
          .from(entries)
          .where(and(eq(entries.userId, userId), sql`${entries.version} < ${before}`))
          .orderBy(sql`${entries.version} desc`)
          .limit(SCAN_PAGE),
      );
      found.push(...page.filter((row) => ids.includes(row.operationId as OperationId)).map(toRecordedEntry));
      const oldest = page.at(-1);
      // Our own entries are dated in order. One by plain SQL may be dated long before it was committed.
      const isPast = page.some((row) => row.source !== 'sql' && !row.isRecent);
      if (oldest === undefined || page.length < SCAN_PAGE || isPast || found.length >= ids.length) return found;
      before = oldest.version;
    }
  }

  confirmDurable(): Promise<void> {
    return this.#session.confirmDurable();
  }
}
