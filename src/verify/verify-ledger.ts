import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Clock } from '../time/clock.ts';
import { ABOVE_ALL, BELOW_ALL, type ChunkResult, checkChunk } from './check-chunk.ts';
import type { Finding } from './finding.ts';
import { Findings } from './findings.ts';
import { closeReader, onSnapshot, openReader } from './snapshot.ts';
import { isTemporary, VerifyError } from './verify-error.ts';

export interface VerifyOptions {
  readonly databaseUrl: string;
  readonly clock: Clock;
  /** The first and the last user id to check; null checks from the lowest, to the highest. Orphans are sought there too. */
  readonly from: number | null;
  readonly to: number | null;
  /** False ends the check after the first user with a finding. */
  readonly goesOn: boolean;
  /** Findings beyond these are counted only. */
  readonly findingsMax: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: VerifyCounts) => void;
  /** The connection was lost; the chunk is checked again from its start. */
  readonly onRetry?: (reason: string) => void;
  /** Entries walked over in one statement. For tests. */
  readonly pageEntries?: number;
  /** Users of the first chunk. For tests. */
  readonly chunkUsers?: number;
}

export interface VerifyCounts {
  readonly users: number;
  readonly entries: number;
}

export interface VerifyResult extends VerifyCounts {
  /** The first ones, at most `findingsMax`. */
  readonly findings: readonly Finding[];
  readonly findingsTotal: number;
  /** False when the check ended at a finding. */
  readonly isComplete: boolean;
  readonly durationMs: number;
}

const PAGE_ENTRIES = 20_000;
const CHUNK_USERS_FIRST = 1000;
const CHUNK_USERS_MIN = 100;
const CHUNK_USERS_MAX = 10_000;
/** A snapshot shorter than this makes the next chunk larger, a longer one than the second smaller. */
const CHUNK_SHORT_MS = 250;
const CHUNK_LONG_MS = 1000;
/** With the pauses below 23 s in a row without a chunk: a restart of PostgreSQL takes less. */
const ATTEMPTS_MAX = 9;
const PAUSE_FIRST_MS = 250;
const PAUSE_MAX_MS = 4000;

/**
 * Checks every user of a range, and every entry in it, against each other: chunk by chunk, each on a snapshot of its
 * own, so that changes going on beside it never look like a finding, and no snapshot lasts. A chunk whose connection is
 * lost is checked again. Throws VerifyError, or the reason of `signal`.
 */
export async function verifyLedger(options: VerifyOptions): Promise<VerifyResult> {
  const run = new VerifyRun(options);
  try {
    await run.check();
    return run.result();
  } finally {
    await run.close();
  }
}

class VerifyRun {
  readonly #options: VerifyOptions;
  readonly #startedMs: number;
  readonly #findings: Findings;
  readonly #upTo: string;
  #after: string | null;
  #chunkUsers: number;
  #users = 0;
  #entries = 0;
  #client: pg.Client | null = null;

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.#startedMs = options.clock.now();
    this.#findings = new Findings(options.findingsMax);
    this.#after = options.from === null ? BELOW_ALL : String(BigInt(options.from) - 1n);
    this.#upTo = options.to === null ? ABOVE_ALL : String(options.to);
    this.#chunkUsers = options.chunkUsers ?? CHUNK_USERS_FIRST;
  }

  async check(): Promise<void> {
    const { signal, goesOn } = this.#options;
    await this.#untilAborted(this.#connect());
    while (this.#after !== null && (goesOn || this.#findings.total === 0)) {
      const chunk = await this.#checkNext(this.#after);
      signal.throwIfAborted();
      this.#users += chunk.users;
      this.#entries += chunk.entries;
      this.#findings.addAll(chunk.findings);
      this.#after = chunk.lastId;
      this.#tell(0);
    }
  }

  result(): VerifyResult {
    return {
      users: this.#users,
      entries: this.#entries,
      findings: this.#findings.kept,
      findingsTotal: this.#findings.total,
      isComplete: this.#options.goesOn || this.#findings.total === 0,
      durationMs: Math.round(this.#options.clock.now() - this.#startedMs),
    };
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    if (client !== null) await closeReader(client);
  }

  /** One chunk, again and again while its connection fails, for a bounded time. */
  async #checkNext(after: string): Promise<ChunkResult> {
    const { signal, onRetry } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#untilAborted(this.#checkOnce(after));
      } catch (error) {
        signal.throwIfAborted();
        if (!isTemporary(error) || attempt === ATTEMPTS_MAX) throw toVerifyError(error);
        await this.close();
        onRetry?.(messageOf(error));
        await sleep(Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** (attempt - 1)), undefined, { signal });
      }
    }
  }

  async #checkOnce(after: string): Promise<ChunkResult> {
    const { clock, goesOn, findingsMax, pageEntries = PAGE_ENTRIES } = this.#options;
    const client = this.#client ?? (await this.#open());
    const startedMs = clock.now();
    const chunk = await onSnapshot(client, () =>
      checkChunk(client, {
        after,
        upTo: this.#upTo,
        usersMax: this.#chunkUsers,
        pageEntries,
        findingsMax: findingsMax - this.#findings.kept.length,
        stopsAtFinding: !goesOn,
        onPage: (entries) => this.#tell(entries),
      }),
    );
    this.#adapt(clock.now() - startedMs);
    return chunk;
  }

  /** Keeps snapshots short where users have many entries, and statements few where they have not. */
  #adapt(tookMs: number): void {
    if (tookMs < CHUNK_SHORT_MS) this.#chunkUsers = Math.min(CHUNK_USERS_MAX, this.#chunkUsers * 2);
    else if (tookMs > CHUNK_LONG_MS) this.#chunkUsers = Math.max(CHUNK_USERS_MIN, this.#chunkUsers >> 1);
  }

  #tell(entriesOfChunk: number): void {
    this.#options.onProgress?.({ users: this.#users, entries: this.#entries + entriesOfChunk });
  }

  /** The first connection is not tried again: nobody is there, or not for us. */
  async #connect(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      throw toVerifyError(error);
    }
  }

  async #open(): Promise<pg.Client> {
    const client = await openReader(this.#options.databaseUrl);
    // Nobody waits any more, so nobody would close it.
    if (this.#options.signal.aborted) await closeReader(client);
    else this.#client = client;
    return client;
  }

  /** What is left running fails with the connection, which `close` ends. */
  #untilAborted<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#options;
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal.reason);
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort, { once: true });
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    });
  }
}

function toVerifyError(error: unknown): VerifyError {
  return new VerifyError(messageOf(error), error);
}

function messageOf(error: unknown): string {
  // Several addresses were tried, each with an error of its own.
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
