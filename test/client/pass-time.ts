import { setImmediate as turn } from 'node:timers/promises';
import { ManualClock } from '../support/manual-clock.ts';

/** A clock that goes from timer to timer, and whose chance a test decides. */
export class ChanceClock extends ManualClock {
  chance = 0.5;
  wallMs = 0;
  #dueMs: number[] = [];

  override random(): number {
    return this.chance;
  }

  override wallNow(): number {
    return this.wallMs;
  }

  override schedule(delayMs: number, task: () => void): () => void {
    this.#dueMs.push(this.now() + delayMs);
    return super.schedule(delayMs, task);
  }

  /** Goes on to the next time at which something was to happen. */
  step(): void {
    const nextMs = Math.min(...this.#dueMs);
    this.#dueMs = this.#dueMs.filter((atMs) => atMs !== nextMs);
    if (Number.isFinite(nextMs)) this.advance(nextMs - this.now());
  }
}

const STEPS_MAX = 1000;

/** Lets time pass until the work is over. */
export async function passTime<T>(clock: ChanceClock, work: Promise<T>): Promise<T> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  work.then(over, over);
  for (let step = 0; step < STEPS_MAX; step += 1) {
    // Whatever can go on without time goes on first: an answer takes a few turns to be read.
    for (let turns = 0; turns < 5; turns += 1) await turn();
    if (isOver) return work;
    clock.step();
  }
  throw new Error('it is never over');
}
