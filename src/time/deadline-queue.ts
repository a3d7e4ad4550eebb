import type { Clock } from './clock.ts';

/** A thing with a deadline. The queue threads its links through the item, so adding and removing allocate nothing. */
export interface Expiring {
  deadlineMs: number;
  /** Owned by the queue. */
  earlier: Expiring | null;
  /** Owned by the queue. */
  later: Expiring | null;
}

/**
 * Calls `expire` for every item that is still queued at its deadline, with one timer for all of them.
 *
 * A doubly linked list in order of deadline. Deadlines are handed out by the same timeout, so an item almost always
 * goes last and adding walks no further than the jitter between processes.
 */
export class DeadlineQueue<T extends Expiring> {
  readonly #clock: Clock;
  readonly #expire: (item: T) => void;
  /** No deadline is later than this. */
  #latestMs = Number.POSITIVE_INFINITY;
  #first: Expiring | null = null;
  #last: Expiring | null = null;
  #cancelTimer: (() => void) | null = null;
  /** When the armed timer fires; Infinity when none is armed. It may be early, never late. */
  #wakesAtMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, expire: (item: T) => void) {
    this.#clock = clock;
    this.#expire = expire;
  }

  add(item: T): void {
    item.deadlineMs = Math.min(item.deadlineMs, this.#latestMs);
    let before = this.#last;
    while (before !== null && before.deadlineMs > item.deadlineMs) before = before.earlier;
    item.earlier = before;
    item.later = before === null ? this.#first : before.later;
    if (item.earlier === null) this.#first = item;
    else item.earlier.later = item;
    if (item.later === null) this.#last = item;
    else item.later.earlier = item;
    if (item.deadlineMs < this.#wakesAtMs) this.#arm(item.deadlineMs);
  }

  /** Takes an item out; it must be queued. */
  remove(item: T): void {
    if (item.earlier === null) this.#first = item.later;
    else item.earlier.later = item.later;
    if (item.later === null) this.#last = item.earlier;
    else item.later.earlier = item.earlier;
    item.earlier = null;
    item.later = null;
  }

  /** Brings every later deadline forward to `deadlineMs`, those to come included: a drain shortens what is left. */
  cutTo(deadlineMs: number): void {
    this.#latestMs = deadlineMs;
    for (let item = this.#last; item !== null && item.deadlineMs > deadlineMs; item = item.earlier) {
      item.deadlineMs = deadlineMs;
    }
    if (this.#first !== null && this.#first.deadlineMs < this.#wakesAtMs) this.#arm(this.#first.deadlineMs);
  }

  #arm(atMs: number): void {
    this.#cancelTimer?.();
    this.#wakesAtMs = atMs;
    this.#cancelTimer = this.#clock.schedule(Math.max(0, Math.ceil(atMs - this.#clock.now())), () => this.#wake());
  }

  #wake(): void {
    this.#cancelTimer = null;
    this.#wakesAtMs = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    while (this.#first !== null && this.#first.deadlineMs <= now) {
      const item = this.#first as T;
      this.remove(item);
      this.#expire(item);
    }
    if (this.#first !== null) this.#arm(this.#first.deadlineMs);
  }
}
