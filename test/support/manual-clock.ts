import type { Clock } from '../../src/time/clock.ts';

/** Time that stands still until it is told to pass. */
export class ManualClock implements Clock {
  #now = 0;
  #timers: { readonly atMs: number; readonly task: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.#now;
  }

  schedule(delayMs: number, task: () => void): () => void {
    const timer = { atMs: this.#now + delayMs, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  soon(task: () => void): void {
    this.schedule(0, task);
  }

  /** The middle, so that every pause is as long as it is named. */
  random(): number {
    return 0.5;
  }

  /** Timers that have not run yet. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Time has passed, and nothing has run: the process stood still. */
  leap(byMs: number): void {
    this.#now += byMs;
  }

  /** Runs what falls due on the way, in order of time. */
  advance(byMs: number): void {
    const endMs = this.#now + byMs;
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      const due = next;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = Math.max(this.#now, due.atMs);
      due.task();
    }
    this.#now = endMs;
  }

  #next(untilMs: number) {
    return this.#timers.filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
  }
}
