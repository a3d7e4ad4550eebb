import type { Clock } from '../time/clock.ts';
import { toOriginForm } from './target.ts';

const TICK_MS = 100;
/**
 * Turns of the event loop longer than this share of a request's time are too long. A request waits up to a turn before
 * it is read, and up to another before its answer is written: with turns of half its time no deadline can be kept,
 * however fast the ledger is.
 */
const LATE_SHARE = 0.5;
/** So many too long turns in a row are an overload. A burst is one: 10,000 requests at once may take the loop 2 s. */
const LATE_TURNS = 2;
/** Each too long turn from then on leaves this much of what was let in before. */
const DECREASE = 0.7;
/** Each tick in time lets in this much more. */
const INCREASE = 0.1;
/** So much is always let in: it is what shows that the load is gone. */
const ADMITTED_MIN = 0.1;

/**
 * Sheds a share of the operations while turns of the event loop stay too long.
 *
 * `calm`: everything is let in; entered at the start, and when the share has grown to 1 again. `shedding`: the share is
 * below 1; it shrinks with every late tick and grows with every one in time. A tick is late by the length of the turn
 * it had to wait for.
 *
 * It comes late on purpose. To say 503 costs more than half of serving the request, so it helps callers only when all
 * would be served too late. Below that, unread requests wait in the kernel at no cost, and `connectionsMax` bounds them.
 */
export class LoopOverload {
  readonly #clock: Clock;
  readonly #lateMs: number;
  #admitted = 1;
  /** Requests are let in whenever this reaches 1, so that the share is kept evenly and without chance. */
  #credit = 0;
  #lateTurns = 0;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, requestTimeoutMs: number) {
    this.#clock = clock;
    this.#lateMs = LATE_SHARE * requestTimeoutMs;
  }

  get isShedding(): boolean {
    return this.#admitted < 1;
  }

  start(): void {
    if (this.#cancel === null) this.#schedule();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  /**
   * True when the request with this target, in whichever form, must be shed. Only operations are: nobody may take a busy
   * worker for a dead one.
   */
  sheds(target: string): boolean {
    if (!toOriginForm(target).startsWith('/api/')) return false;
    this.#credit += this.#admitted;
    if (this.#credit < 1) return true;
    this.#credit -= 1;
    return false;
  }

  #schedule(): void {
    const dueMs = this.#clock.now() + TICK_MS;
    this.#cancel = this.#clock.schedule(TICK_MS, () => {
      this.#tick(this.#clock.now() - dueMs);
      this.#schedule();
    });
  }

  #tick(lateByMs: number): void {
    if (lateByMs <= this.#lateMs) {
      this.#lateTurns = 0;
      this.#admitted = Math.min(1, this.#admitted + INCREASE);
      return;
    }
    this.#lateTurns += 1;
    if (this.#lateTurns >= LATE_TURNS) this.#admitted = Math.max(ADMITTED_MIN, this.#admitted * DECREASE);
  }
}
