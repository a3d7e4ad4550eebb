import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../observability/logger.ts';
import { host } from './connection.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { logSize, logTail } from './log-file.ts';
import { endOrphanBackends } from './orphan-backends.ts';
import { pause } from './pause.ts';
import { type Postmaster, type PostmasterOptions, spawnPostmaster } from './postmaster.ts';
import { removePostmaster } from './postmaster-pid-file.ts';
import { waitUntilReady } from './readiness.ts';

export type EmbeddedLog = Pick<Logger, 'info' | 'warn' | 'error'>;

export interface SupervisorOptions extends PostmasterOptions {
  readonly password: string;
  readonly log: EmbeddedLog;
  /** Called once when PostgreSQL has died and cannot be brought back. Nothing of it is running then. */
  readonly onFailure: (error: EmbeddedPostgresError) => void;
}

/** Another program can take the port between its choice and its use; more tries than this mean another fault. */
const FIRST_START_ATTEMPTS = 5;
/** With the delays below about 70 s: long enough for another program on the port, or a stuck backend, to go. */
const RESTART_ATTEMPTS = 40;
const RETRY_DELAY_MIN_MS = 100;
const RETRY_DELAY_MAX_MS = 2000;
/** A postmaster that has lived this long is healthy: its death opens a new series of attempts. */
const HEALTHY_AFTER_MS = 60_000;
/** The guardian's whole escalation, up to SIGKILL, fits in. */
const STOP_MAX_MS = 60_000;

/**
 * Keeps one postmaster running on one port.
 *
 *   idle --start--> starting --> running --(it ends)--> restarting --> running
 *                      |            |                       |  \
 *                      v            +--------- stop --------+   v
 *                    idle (throws)            v                failed (onFailure)
 *                                          stopped
 *
 * `#postmaster` is the one that was spawned last, running or not; `#restarting` is settled unless restarting;
 * `#stopping` is set by stop and never cleared.
 */
export class PostmasterSupervisor {
  readonly #options: SupervisorOptions;
  readonly #stopSignal = new AbortController();
  #postmaster: Postmaster | null = null;
  #restarting: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | null = null;
  #failedRestarts = 0;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Resolves with the port when PostgreSQL answers. Throws EmbeddedPostgresError, or the reason of `signal`. */
  async start(signal: AbortSignal): Promise<number> {
    for (let attempt = 0; ; attempt += 1) {
      const port = await chooseFreePort();
      const failure = await this.#attempt(port, signal);
      if (failure === null) {
        this.#watch(port);
        return port;
      }
      if (attempt + 1 === FIRST_START_ATTEMPTS) throw failure;
      this.#options.log.warn({ reason: failure.message }, 'PostgreSQL did not start, trying again');
      await pause(retryDelayMs(attempt), signal);
    }
  }

  /** Disconnects every client and stops. Resolves when the postmaster is gone. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#stopSignal.abort();
    await this.#restarting;
    await this.#end();
  }

  /** Ends the last postmaster, through its guardian or without. */
  async #end(): Promise<void> {
    this.#postmaster?.askToStop();
    const timer = new AbortController();
    const tooLate = sleep(STOP_MAX_MS, 'too late', { signal: timer.signal, ref: false }).catch(() => 'ended');
    const ended = this.#postmaster?.ended.then(() => 'ended') ?? 'ended';
    if ((await Promise.race([ended, tooLate])) === 'too late') {
      throw new EmbeddedPostgresError('stop_failed', `PostgreSQL in ${this.#options.dataPath} does not stop.`);
    }
    timer.abort();
    await this.#clear();
  }

  /** Leaves no process of this data and no postmaster.pid. */
  async #clear(): Promise<void> {
    const { dataPath, clusterName, log } = this.#options;
    await removePostmaster(dataPath, (pid) => log.warn({ pid }, 'stopping a PostgreSQL that lost its launcher'));
    await endOrphanBackends(clusterName, dataPath);
  }

  /** Null when it runs and answers; what went wrong when it ended by itself, which another attempt may mend. */
  async #attempt(port: number, signal: AbortSignal): Promise<EmbeddedPostgresError | null> {
    const { dataPath, logPath, log, password } = this.#options;
    await this.#clear();
    const logStart = await logSize(logPath);
    const postmaster = await spawnPostmaster(this.#options, port);
    this.#postmaster = postmaster;
    try {
      const onSlow = (elapsedMs: number) => log.info({ elapsedMs: Math.round(elapsedMs) }, 'PostgreSQL is starting');
      const endedBy = await waitUntilReady({ dataPath, port, password, ended: postmaster.ended, signal, onSlow });
      return endedBy === null ? null : startFailed(endedBy, logPath, await logTail(logPath, logStart));
    } catch (error) {
      await this.#end();
      throw error;
    }
  }

  #watch(port: number): void {
    const runsSinceMs = performance.now();
    this.#postmaster?.ended.then((endedBy) => {
      if (this.#stopping !== null) return;
      if (performance.now() - runsSinceMs > HEALTHY_AFTER_MS) this.#failedRestarts = 0;
      this.#options.log.error({ endedBy, port }, 'PostgreSQL ended unexpectedly, restarting it');
      this.#restarting = this.#restart(port).catch((error: unknown) => this.#fail(error));
    });
  }

  async #restart(port: number): Promise<void> {
    const { log } = this.#options;
    const { signal } = this.#stopSignal;
    const startedMs = performance.now();
    for (;;) {
      const failure = await this.#attempt(port, signal);
      this.#failedRestarts += 1;
      if (failure === null) break;
      if (this.#failedRestarts >= RESTART_ATTEMPTS) throw failure;
      log.warn({ reason: failure.message }, 'PostgreSQL did not restart, trying again');
      await pause(retryDelayMs(this.#failedRestarts), signal);
    }
    log.info({ port, elapsedMs: Math.round(performance.now() - startedMs) }, 'PostgreSQL is back');
    this.#watch(port);
  }

  #fail(error: unknown): void {
    if (this.#stopping !== null) return;
    const failure =
      error instanceof EmbeddedPostgresError
        ? error
        : new EmbeddedPostgresError('start_failed', `PostgreSQL cannot be restarted: ${String(error)}`, error);
    this.#options.log.error({ err: failure }, 'PostgreSQL cannot be restarted');
    this.#options.onFailure(failure);
  }
}

const retryDelayMs = (attempt: number) => Math.min(RETRY_DELAY_MIN_MS * 2 ** attempt, RETRY_DELAY_MAX_MS);

function startFailed(endedBy: string, logPath: string, tail: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'start_failed',
    `PostgreSQL did not start (${endedBy}). The end of its log, ${logPath}:\n${tail}`,
  );
}

function chooseFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
