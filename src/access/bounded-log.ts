import type { Logger } from '../observability/logger.ts';
import type { Clock } from '../time/clock.ts';

const LINES_PER_WINDOW_MAX = 20;
const WINDOW_MS = 1000;

/**
 * Warnings that somebody outside can cause: so many each second, so that nobody fills the disk, and then one line that
 * says how many were left out.
 *
 * A window opens with its first line and ends a second later; the count of what was left out ends it.
 */
export class BoundedLog {
  readonly #log: Pick<Logger, 'warn'>;
  readonly #clock: Clock;
  #isOpen = false;
  #lines = 0;

  constructor(log: Pick<Logger, 'warn'>, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** `fields` is called for a line that is written. */
  warn(fields: () => object, message: string): void {
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.#clock.schedule(WINDOW_MS, () => this.#endWindow());
    }
    this.#lines += 1;
    if (this.#lines <= LINES_PER_WINDOW_MAX) this.#log.warn(fields(), message);
  }

  #endWindow(): void {
    const suppressed = this.#lines - LINES_PER_WINDOW_MAX;
    this.#isOpen = false;
    this.#lines = 0;
    if (suppressed > 0) this.#log.warn({ suppressed }, 'Warnings of the last second were left out');
  }
}
