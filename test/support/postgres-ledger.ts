import { randomInt } from 'node:crypto';
import { LAUNCHER_TAG_MAX } from '../../src/store/lease.ts';
import { PostgresLedgerReader } from '../../src/store/postgres-reader.ts';
import {
  PostgresLedgerWriter,
  prepareWriterStatements,
  type WriterStatements,
} from '../../src/store/postgres-writer.ts';
import { WriterSession, type WriterSessionState } from '../../src/store/writer-session.ts';
import { systemClock } from '../../src/time/clock.ts';
import { silentLog } from './silent-log.ts';

export interface PostgresLedger {
  readonly session: WriterSession<WriterStatements>;
  readonly writer: PostgresLedgerWriter;
  readonly reader: PostgresLedgerReader;
  /** Every state the session has been in. */
  readonly states: WriterSessionState[];
  close(): Promise<void>;
}

/** A ledger on a real database, as a worker has it. `lastOwnedMs` as in WriterSession.start; now: serve at once. */
export function openPostgresLedger(
  databaseUrl: string,
  options: { readonly launcherTag?: number; readonly slot?: number; readonly lastOwnedMs?: number } = {},
): PostgresLedger {
  const states: WriterSessionState[] = [];
  const session = new WriterSession({
    databaseUrl,
    holder: { launcherTag: options.launcherTag ?? randomInt(1, LAUNCHER_TAG_MAX), slot: options.slot ?? 0 },
    clock: systemClock,
    log: silentLog,
    prepare: prepareWriterStatements,
    onStateChange: (state) => states.push(state),
  });
  const reader = new PostgresLedgerReader(databaseUrl, silentLog);
  let closed: Promise<unknown> | null = null;
  session.start(options.lastOwnedMs ?? systemClock.now());
  return {
    session,
    writer: new PostgresLedgerWriter(session),
    reader,
    states,
    async close() {
      closed ??= Promise.all([session.close(), reader.close()]);
      await closed;
    },
  };
}
