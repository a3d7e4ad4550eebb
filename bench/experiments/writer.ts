import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { LAUNCHER_TAG_MAX } from '../../src/store/lease.ts';
import { PostgresConnection } from '../../src/store/postgres-connection.ts';
import type { RoundStatement } from '../../src/store/round-statement.ts';
import { processCpuMs } from '../cpu-time.ts';
import type { Round } from './rounds.ts';

/** Makes the statement of one connection. `db` is Drizzle on `client`. */
export type StatementFactory = (db: NodePgDatabase, client: pg.Client) => RoundStatement;

/** A session with the settings of a worker's writer. */
export interface Writer {
  /** Sends rounds one after the other, and returns how long each took. Throws when one did not change all its users. */
  send(rounds: readonly Round[]): Promise<readonly number[]>;
  /** Processor time of its PostgreSQL backend since it began; NaN where the system does not tell. */
  cpuMs(): Promise<number>;
  close(): Promise<void>;
}

/** Opens a session that ends by itself 3 s after its last statement, as every writer's does. */
export async function openWriter(databaseUrl: string, create: StatementFactory): Promise<Writer> {
  const connection = new PostgresConnection({
    databaseUrl,
    holder: { launcherTag: LAUNCHER_TAG_MAX, slot: 0 },
    prepare(db) {
      const client = (db as NodePgDatabase & { $client: pg.Client }).$client;
      return { client, statement: create(db, client) };
    },
  });
  await connection.open();
  const { rows } = await connection.run(({ client }) =>
    client.query<{ pid: number }>('select pg_backend_pid() as pid'),
  );
  const pid = rows[0]?.pid ?? 0;
  return {
    async send(sent) {
      const timesMs: number[] = [];
      for (const round of sent) {
        const startedMs = performance.now();
        const changed = await connection.run(({ statement }) => statement(round));
        timesMs.push(performance.now() - startedMs);
        if (changed.length !== round.length) {
          throw new Error(`A round of ${round.length} users changed ${changed.length}`);
        }
      }
      return timesMs;
    },
    cpuMs: async () => (await processCpuMs(pid)) ?? Number.NaN,
    close: () => connection.close(),
  };
}
