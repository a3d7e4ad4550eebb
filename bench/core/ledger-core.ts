import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { Owner } from '../../src/owner/owner.ts';
import { LAUNCHER_TAG_MAX } from '../../src/store/lease.ts';
import type { LedgerReader } from '../../src/store/ledger.ts';
import { OutsideChanges } from '../../src/store/outside-changes.ts';
import { PostgresChangeFeed } from '../../src/store/postgres-change-feed.ts';
import { PostgresConnection } from '../../src/store/postgres-connection.ts';
import { PostgresLedgerReader } from '../../src/store/postgres-reader.ts';
import { PostgresLedgerWriter, prepareWriterStatements } from '../../src/store/postgres-writer.ts';
import { WriterSession } from '../../src/store/writer-session.ts';
import { systemClock as clock } from '../../src/time/clock.ts';

/** What is behind HTTP and routing in a worker, wired as there, on a database of its own. */
export interface LedgerCore {
  readonly owner: Owner;
  /** Users that the database was asked for since the start: whoever is in the cache is not among them. */
  usersLoaded(): number;
  close(): Promise<void>;
}

/** Resolves when the lease is held. */
export async function openLedgerCore(databaseUrl: string): Promise<LedgerCore> {
  const log = createLogger('warn', { slot: 0 });
  const holder = { launcherTag: LAUNCHER_TAG_MAX, slot: 0 };
  const session = new WriterSession({
    connect: () => new PostgresConnection({ databaseUrl, holder, prepare: prepareWriterStatements }),
    clock,
    log,
    onStateChange: () => undefined,
  });
  const reader = new PostgresLedgerReader(databaseUrl, log);
  const writer = new PostgresLedgerWriter(session);
  let usersLoaded = 0;
  const counting: LedgerReader = {
    load(userIds) {
      usersLoaded += userIds.length;
      return reader.load(userIds);
    },
    listEntries: (query, upTo) => reader.listEntries(query, upTo),
    allocateUserIds: (count) => reader.allocateUserIds(count),
  };
  const ensureSound = () => outside.ensureSound();
  const owner = new Owner({ ...readConfig(), reader: counting, writer, lease: session, ensureSound, clock, log });
  const outside = new OutsideChanges({
    connect: (onChange) => new PostgresChangeFeed(databaseUrl, onChange),
    clock,
    log,
    onChange: (userId) => owner.invalidate(userId),
    onGap: () => owner.invalidateAll(),
  });
  outside.start();
  session.start();
  await session.whenFresh();
  return {
    owner,
    usersLoaded: () => usersLoaded,
    async close() {
      await owner.whenIdle();
      await Promise.all([session.close(), reader.close(), outside.close()]);
    },
  };
}
