/** Time and chance, so that a test can own them. */
export interface ClientClock {
  /** Monotonic ms. */
  now(): number;
  /** Wall-clock ms since 1970: only to read a date in Retry-After. */
  wallNow(): number;
  /** Runs `task` once after `delayMs`; the returned function cancels it. */
  schedule(delayMs: number, task: () => void): () => void;
  /** From 0 to below 1. */
  random(): number;
}

/** The one in `time/clock` reads a Node clock that workers share; this one runs wherever fetch does. */
export const runtimeClock: ClientClock = {
  now: () => performance.now(),
  wallNow: Date.now,
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};
