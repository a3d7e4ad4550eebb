/** Monotonic time, timers and chance, so that a simulation can own them. */
export interface Clock {
  /** Monotonic ms. On one machine every process reads the same clock, so deadlines travel between workers. */
  now(): number;
  /** Wall-clock ms since 1970: for ids and log lines, never for deadlines. */
  wallNow(): number;
  /** Runs `task` once after `delayMs`; the returned function cancels it. */
  schedule(delayMs: number, task: () => void): () => void;
  /** Runs `task` once the input that is already at hand has been taken in. */
  soon(task: () => void): void;
  /** From 0 to 1, to spread what many would do at the same moment. */
  random(): number;
}

// hrtime reads CLOCK_MONOTONIC, whose zero is the same in every process; performance.now() starts at process start
// but is cheaper to read.
const zero = Number(process.hrtime.bigint()) / 1e6 - performance.now();

export const systemClock: Clock = {
  now: () => performance.now() + zero,
  wallNow: Date.now,
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
  soon: setImmediate,
  random: Math.random,
};

/** Resolves after `delayMs`. */
export function delay(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(delayMs, resolve);
  });
}
