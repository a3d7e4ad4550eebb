import pg from 'pg';
import type { Logger } from '../observability/logger.ts';
import { type Clock, delay } from '../time/clock.ts';
import { DatabaseUnreachableError } from './connect-client.ts';

const CONNECT_WITHIN_MS = 3000;
const PAUSE_MS = 500;
// https://www.postgresql.org/docs/18/errcodes-appendix.html: cannot_connect_now, too_many_connections
const TEMPORARY = new Set(['57P03', '53300', 'ECONNREFUSED', 'ECONNRESET', 'EAI_AGAIN', 'ENOTFOUND', 'ENOENT']);

/**
 * Waits until the database takes connections: beside a service that starts with it, it may need a moment. Throws
 * DatabaseUnreachableError.
 */
export async function waitForDatabase(
  databaseUrl: string,
  options: {
    readonly withinMs: number;
    readonly clock: Clock;
    readonly log: Pick<Logger, 'info'>;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { clock, log, signal, withinMs } = options;
  const endsAtMs = clock.now() + withinMs;
  for (let isTold = false; ; isTold = true) {
    signal.throwIfAborted();
    const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_WITHIN_MS });
    try {
      await client.connect();
      return;
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if (code === undefined || !TEMPORARY.has(code) || clock.now() >= endsAtMs) {
        throw new DatabaseUnreachableError(databaseUrl, error);
      }
      if (!isTold) log.info({ reason: message }, 'waiting for the database');
    } finally {
      await client.end().catch(() => undefined);
    }
    await delay(clock, PAUSE_MS);
  }
}
