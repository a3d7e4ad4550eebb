/**
 * The times at which requests are due at a fixed rate, whatever comes back. A request that has to wait, for a connection
 * or for this process, keeps the time it was due: measured from there, a stall counts for everything that came during
 * it, and not only for the one request that was under way (coordinated omission).
 */
export class OpenLoopSchedule {
  readonly #intervalMs: number;
  readonly #total: number;
  #taken = 0;

  constructor(ratePerS: number, durationMs: number) {
    this.#intervalMs = 1000 / ratePerS;
    this.#total = Math.max(1, Math.floor((ratePerS * durationMs) / 1000));
  }

  /** Everything has been taken. */
  get isOver(): boolean {
    return this.#taken >= this.#total;
  }

  /** Takes the oldest request that is due by now, and tells when it was due; null when none is. Both from the start. */
  take(elapsedMs: number): number | null {
    const dueMs = this.#taken * this.#intervalMs;
    if (this.isOver || dueMs > elapsedMs) return null;
    this.#taken += 1;
    return dueMs;
  }
}
