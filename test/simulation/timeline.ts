/** Ticks run only when no job of a promise is left, and cost a tenth of a turn of the real event loop. */
const everyPromiseSettled = () =>
  new Promise<void>((resolve) => {
    queueMicrotask(() => process.nextTick(resolve));
  });

interface Event {
  readonly atMs: number;
  readonly order: number;
  task: (() => void) | null;
}

const isBefore = (a: Event, b: Event) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/**
 * Virtual time. What is due runs in order of time and, at the same time, of booking. Between two events every promise
 * settles, as between two turns of an event loop.
 */
export class Timeline {
  /** A binary heap, the next event first. */
  readonly #events: Event[] = [];
  #now = 0;
  #order = 0;

  /** Ms since the beginning. */
  get now(): number {
    return this.#now;
  }

  /** Events booked so far: with the time, the fingerprint of a run. */
  get booked(): number {
    return this.#order;
  }

  /** Runs `task` after `delayMs`; the returned function cancels it. */
  after(delayMs: number, task: () => void): () => void {
    this.#order += 1;
    const event: Event = { atMs: this.#now + Math.max(0, delayMs), order: this.#order, task };
    this.#push(event);
    return () => {
      event.task = null;
    };
  }

  /** Lets time pass until nothing is due before `untilMs`. */
  async runUntil(untilMs: number): Promise<void> {
    for (let next = this.#events[0]; next !== undefined && next.atMs <= untilMs; next = this.#events[0]) {
      this.#pop();
      if (next.task === null) continue;
      this.#now = next.atMs;
      next.task();
      await everyPromiseSettled();
    }
    this.#now = untilMs;
  }

  #push(event: Event): void {
    let index = this.#events.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapWhenBefore(index, parent)) return;
      index = parent;
    }
  }

  #pop(): void {
    const last = this.#events.pop();
    if (last === undefined || this.#events.length === 0) return;
    this.#events[0] = last;
    for (let index = 0; ; ) {
      const left = 2 * index + 1;
      const right = left + 1;
      const leftEvent = this.#events[left];
      const rightEvent = this.#events[right];
      if (leftEvent === undefined) return;
      const child = rightEvent !== undefined && isBefore(rightEvent, leftEvent) ? right : left;
      if (!this.#swapWhenBefore(child, index)) return;
      index = child;
    }
  }

  #swapWhenBefore(lower: number, upper: number): boolean {
    const below = this.#events[lower] as Event;
    const above = this.#events[upper] as Event;
    if (!isBefore(below, above)) return false;
    this.#events[lower] = above;
    this.#events[upper] = below;
    return true;
  }
}
