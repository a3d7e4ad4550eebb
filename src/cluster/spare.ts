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

  /** Forks the spare, unless there is one; where the system lets it not, there is none until the next time. */
  prepare(): void {
    if (this.#waiting !== null) return;
    try {
      this.#fork();
    } catch {
      this.#waiting = null;
    }
  }

  #fork(): void {
    const spare = { process: cluster.fork(), isUp: false };
    this.#waiting = spare;
    spare.process.once('message', (message: WorkerMessage) => {
      spare.isUp = message.kind === 'up';
    });
    const forget = () => {
      if (this.#waiting === spare) this.#waiting = null;
    };
    spare.process.once('exit', forget);
    // It could not be forked: no reason to end those that live.
    spare.process.on('error', forget);
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
