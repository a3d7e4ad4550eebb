import type { Logger } from '../observability/logger.ts';
import { boundedSignal } from '../time/bounded-signal.ts';
import { type Clock, delay } from '../time/clock.ts';
import { VerifyError } from './verify-error.ts';

/** A database to check, and how to leave it as it was found. */
export interface TargetDatabase {
  readonly url: string;
  release(): Promise<void>;
}

export interface EmbeddedTargetOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly signal: AbortSignal;
}

const SETTLED_WITHIN_MS = 60_000;
const POLL_MS = 250;

/**
 * The embedded PostgreSQL of `dataDir`: the one that a launcher runs there, or, when none does, one that is started for
 * the check and stopped by `release`. Never creates data. Throws VerifyError and EmbeddedPostgresError.
 */
export async function openEmbeddedTarget(options: EmbeddedTargetOptions): Promise<TargetDatabase> {
  const { dataDir, clock, log, signal } = options;
  const { findEmbeddedPostgres } = await import('../embedded/running-postgres.ts');
  const endsAtMs = clock.now() + SETTLED_WITHIN_MS;
  for (;;) {
    signal.throwIfAborted();
    const found = await findEmbeddedPostgres(dataDir);
    if (found.kind === 'running') return { url: found.url, release: async () => undefined };
    if (found.kind === 'absent') {
      throw new VerifyError(`there is no data in ${dataDir}. Set DATABASE_URL, or DATA_DIR to where the data is.`);
    }
    if (found.kind === 'stopped') break;
    if (clock.now() >= endsAtMs) {
      throw new VerifyError(`the PostgreSQL in ${dataDir} is still starting or stopping. Try again later.`);
    }
    await delay(clock, POLL_MS);
  }
  const { startEmbeddedPostgres } = await import('../embedded/embedded-postgres.ts');
  // Bounded, since it would wait for another launcher that has just begun to use the folder.
  const bounded = boundedSignal(signal, SETTLED_WITHIN_MS);
  const embedded = await startEmbeddedPostgres({ dataDir, log, signal: bounded.signal }).finally(bounded.release);
  return { url: embedded.url, release: () => embedded.stop() };
}
