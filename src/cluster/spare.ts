import cluster, { type Worker } from 'node:cluster';
import type { WorkerMessage } from './messages.ts';

/**
 * MB of each half of a worker's young generation. With V8's own 16 a worker that answered 9,000 requests/s spent 19% of
 * its time in scavenges, with 64 it was 8%; beyond that nothing was gained (docs/decisions/0017).
 */
const SEMI_SPACE_MB = 64;

/** A process that was forked, and whether it hears messages yet. */
export interface Forked {
  readonly process: Worker;
  readonly isUp: boolean;
}

/**
 * At most one worker process that has loaded its modules and waits for a slot: loading them takes most of the time
 * between a worker's death and its successor's first answer.
 */
export class Spare {
  #waiting: { readonly process: Worker; isUp: boolean } | null = null;

  constructor() {
    // Also the smallest size: V8 would grow it only after many survivors, and it shrinks it again when idle.
    const flags = [`--min-semi-space-size=${SEMI_SPACE_MB}`, `--max-semi-space-size=${SEMI_SPACE_MB}`];
    cluster.setupPrimary({ execArgv: [...process.execArgv, ...flags] });
  }

  /** Forks the spare, unless there is one. */
  prepare(): void {
    if (this.#waiting !== null) return;
    const spare = { process: cluster.fork(), isUp: false };
    this.#waiting = spare;
    spare.process.once('message', (message: WorkerMessage) => {
      spare.isUp = message.kind === 'up';
    });
    spare.process.once('exit', () => {
      if (this.#waiting === spare) this.#waiting = null;
    });
  }

  /** The spare, or a process that is forked now. */
  take(): Forked {
    const spare = this.#waiting;
    this.#waiting = null;
    return spare ?? { process: cluster.fork(), isUp: false };
  }

  close(): void {
    this.#waiting?.process.kill('SIGKILL');
  }
}
