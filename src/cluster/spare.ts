import cluster, { type Worker } from 'node:cluster';
import type { WorkerMessage } from './messages.ts';
import { WORKER_FLAGS } from './worker-flags.ts';

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
    cluster.setupPrimary({ execArgv: [...process.execArgv, ...WORKER_FLAGS] });
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
