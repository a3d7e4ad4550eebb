import { setTimeout as sleep } from 'node:timers/promises';
import { ensureDatabase } from './connection.ts';
import { EmbeddedPostgresError, systemCode } from './embedded-postgres-error.ts';
import { readPostmaster } from './postmaster-pid-file.ts';

export interface ReadinessOptions {
  readonly dataPath: string;
  readonly port: number;
  readonly password: string;
  /** Resolves when the postmaster has ended, with what it ended by. */
  readonly ended: Promise<string>;
  readonly signal: AbortSignal;
  /** Told every few seconds how long the start has taken. */
  readonly onSlow: (elapsedMs: number) => void;
}

const POLL_MS = 50;
const START_MAX_MS = 60_000;
/** A postmaster that says it is starting replays its log after a crash: cutting that short would only repeat it. */
const RECOVERY_MAX_MS = 600_000;
const SLOW_EVERY_MS = 5000;

const invalidPassword = '28P01';

/**
 * Waits until PostgreSQL answers a query in the service's database; returns null then, or what the postmaster ended by.
 * Nothing is sent to the port before our own postmaster says that it listens there: another program could have it.
 */
export async function waitUntilReady(options: ReadinessOptions): Promise<string | null> {
  let endedBy: string | null = null;
  options.ended.then((reason) => {
    endedBy = reason;
  });
  const startedMs = performance.now();
  let slowAtMs = SLOW_EVERY_MS;
  let lastError: unknown;
  for (;;) {
    options.signal.throwIfAborted();
    if (endedBy !== null) return endedBy;
    const status = (await readPostmaster(options.dataPath))?.status;
    if (status === 'ready') {
      lastError = await tryDatabase(options);
      if (lastError === undefined) return null;
    }
    const elapsedMs = performance.now() - startedMs;
    if (elapsedMs > (status === 'starting' ? RECOVERY_MAX_MS : START_MAX_MS)) throw tooSlow(elapsedMs, lastError);
    if (elapsedMs > slowAtMs) {
      slowAtMs += SLOW_EVERY_MS;
      options.onSlow(elapsedMs);
    }
    await sleep(POLL_MS);
  }
}

async function tryDatabase(options: ReadinessOptions): Promise<unknown> {
  try {
    await ensureDatabase(options.port, options.password);
    return undefined;
  } catch (error) {
    if (systemCode(error) !== invalidPassword) return error;
    throw new EmbeddedPostgresError(
      'password_rejected',
      'PostgreSQL does not accept the password in postgres.password: that file does not belong to the data beside it. ' +
        'Restore the one that does; or, to start empty, move the whole data folder away.',
      error,
    );
  }
}

function tooSlow(elapsedMs: number, cause: unknown): EmbeddedPostgresError {
  const seconds = Math.round(elapsedMs / 1000);
  const reason = cause instanceof Error ? ` (${cause.message})` : '';
  return new EmbeddedPostgresError('start_failed', `PostgreSQL was not ready after ${seconds} s${reason}.`, cause);
}
