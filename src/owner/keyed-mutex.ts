import { Mutex } from 'async-mutex';

interface Keyed {
  readonly mutex: Mutex;
  /** How many hold it or wait for it. */
  users: number;
}

/** One mutex per key, first come first served. A key that nobody holds or waits for takes no memory. */
export class KeyedMutex<K> {
  readonly #byKey = new Map<K, Keyed>();

  /** Keys that are held. */
  get size(): number {
    return this.#byKey.size;
  }

  isLocked(key: K): boolean {
    return this.#byKey.has(key);
  }

  async runExclusive<T>(key: K, task: () => Promise<T>): Promise<T> {
    let keyed = this.#byKey.get(key);
    if (keyed === undefined) {
      keyed = { mutex: new Mutex(), users: 0 };
      this.#byKey.set(key, keyed);
    }
    keyed.users += 1;
    try {
      return await keyed.mutex.runExclusive(task);
    } finally {
      keyed.users -= 1;
      if (keyed.users === 0) this.#byKey.delete(key);
    }
  }
}
