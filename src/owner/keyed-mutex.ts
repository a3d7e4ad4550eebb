import { Semaphore } from 'async-mutex';

/** A key that is held: by one of its `users`, while the others wait. */
interface Keyed {
  /** Made closed, by the first who has to wait; opened by each holder for the next. */
  queue: Semaphore | null;
  users: number;
}

/**
 * One mutex per key, first come first served. A key that nobody holds or waits for takes no memory, and one that nobody
 * waits for has no queue: when thousands of users change at once that is nearly all of them, and a promise and its
 * closures for each cost more than all the rest of their turns.
 */
export class KeyedMutex<K> {
  readonly #byKey = new Map<K, Keyed>();

  /** Keys that are held. */
  get size(): number {
    return this.#byKey.size;
  }

  isLocked(key: K): boolean {
    return this.#byKey.has(key);
  }

  /** The task begins at once when nobody holds the key. */
  async runExclusive<T>(key: K, task: () => Promise<T>): Promise<T> {
    let keyed = this.#byKey.get(key);
    if (keyed === undefined) {
      keyed = { queue: null, users: 1 };
      this.#byKey.set(key, keyed);
    } else {
      keyed.users += 1;
      keyed.queue ??= new Semaphore(0);
      await keyed.queue.acquire();
    }
    try {
      return await task();
    } finally {
      keyed.users -= 1;
      if (keyed.users === 0) this.#byKey.delete(key);
      else keyed.queue?.release();
    }
  }
}
