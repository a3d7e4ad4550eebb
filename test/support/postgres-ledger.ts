import { PostgresConnection } from '../../src/store/postgres-connection.ts';
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

/** The launcher of a test that does not care: one that need not wait for another's answers. */
const SOLE_LAUNCHER = 4711;

/** A ledger on a real database, as a worker has it. */
export function openPostgresLedger(
  databaseUrl: string,
  options: { readonly launcherTag?: number; readonly slot?: number } = {},
): PostgresLedger {
  const states: WriterSessionState[] = [];
  const holder = { launcherTag: options.launcherTag ?? SOLE_LAUNCHER, slot: options.slot ?? 0 };
  const session = new WriterSession({
    connect: () => new PostgresConnection({ databaseUrl, holder, prepare: prepareWriterStatements }),
    clock: systemClock,
    log: silentLog,
    onStateChange: (state) => states.push(state),
  });
  const reader = new PostgresLedgerReader(databaseUrl, silentLog);
  let closed: Promise<unknown> | null = null;
  session.start();
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
