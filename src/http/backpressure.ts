import type { Clock } from '../time/clock.ts';
import type { HttpLimits } from './limits.ts';

const TICK_MS = 100;
/**
 * So many read on in one turn of the event loop. Their requests make a turn of some 20 ms: rounds go on meanwhile, and
 * newcomers, of whom few are accepted in each turn, are not kept waiting.
 */
const RESUMED_PER_TURN = 250;

type BackpressureLimits = Pick<HttpLimits, 'inFlightMax' | 'busyShare' | 'unreadMaxMs'>;

/** What is needed of a socket. */
export interface Pausable {
  isPaused(): boolean;
  pause(): unknown;
  resume(): unknown;
}

/**
 * Lets requests wait unread, in the buffers of the kernel, while the processor is behind and enough are in flight.
 *
 * `begin` and `end` count what is in flight: requests whose operation was handed over and is not answered yet. A caller
 * that was answered is held and reads on in its turn, as soon as there is room; after `unreadMaxMs` in any case, since
 * an unread request has no deadline.
 */
export class Backpressure {
  readonly #clock: Clock;
  readonly #limits: BackpressureLimits;
  readonly #readUtilization: () => number;
  /** Those who are to be held from the end of this turn on. */
  #next: Pausable[] = [];
  readonly #held: { readonly socket: Pausable; readonly sinceMs: number }[] = [];
  #inFlight = 0;
  #timesHeld = 0;
  #isBusy = false;
  #isTurning = false;
  #cancel: (() => void) | null = null;

  /** `readUtilization`: the share of the time since it was last asked that the event loop has worked, 0 to 1. */
  constructor(clock: Clock, limits: BackpressureLimits, readUtilization: () => number = measureUtilization()) {
    this.#clock = clock;
    this.#limits = limits;
    this.#readUtilization = readUtilization;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Callers that are not read from now. */
  get held(): number {
    return this.#held.length;
  }

  /** How often a caller was held so far. */
  get timesHeld(): number {
    return this.#timesHeld;
  }

  begin(): void {
    this.#inFlight += 1;
  }

  /** The caller behind `socket` was answered. */
  end(socket: Pausable): void {
    this.#inFlight -= 1;
    this.queue(socket);
    if (this.#held.length > 0) this.#turnSoon();
  }

  /** Reads on from `socket` when its turn has come; that may be now. */
  queue(socket: Pausable): void {
    if (!this.#isOn) return;
    this.#next.push(socket);
    this.#turnSoon();
  }

  start(): void {
    if (this.#cancel === null) this.#schedule();
  }

  /** Holds nobody any more. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#isBusy = false;
    this.#next = [];
    this.#resume(this.#held.length);
  }

  /**
   * It is others' turn, or there is no room. While only the latter counted, callers that were read from went on and on,
   * and held ones waited for seconds.
   */
  get #isOn(): boolean {
    return this.#isBusy && (this.#held.length > 0 || this.#room <= 0);
  }

  /** How many more may be in flight. */
  get #room(): number {
    return this.#isBusy ? this.#limits.inFlightMax - this.#inFlight : Number.POSITIVE_INFINITY;
  }

  #schedule(): void {
    this.#cancel = this.#clock.schedule(TICK_MS, () => {
      this.#isBusy = this.#readUtilization() >= this.#limits.busyShare;
      this.#turn();
      this.#schedule();
    });
  }

  /** Once in a turn, however many answers leave in it. Node resumes a socket itself while it takes in a request. */
  #turnSoon(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    this.#clock.soon(() => {
      this.#isTurning = false;
      this.#turn();
    });
  }

  #turn(): void {
    this.#hold();
    this.#resume(Math.max(this.#countOverdue(), Math.min(this.#room, RESUMED_PER_TURN)));
    // Not all of them have a request waiting. Each time fewer are left, so this ends.
    if (this.#held.length > 0 && this.#room > 0) this.#turnSoon();
  }

  #hold(): void {
    const sinceMs = this.#clock.now();
    for (const socket of this.#next) {
      // It may be held already: a caller with several requests is answered several times.
      if (socket.isPaused()) continue;
      socket.pause();
      this.#held.push({ socket, sinceMs });
      this.#timesHeld += 1;
    }
    this.#next = [];
  }

  #resume(count: number): void {
    if (count <= 0) return;
    for (const { socket } of this.#held.splice(0, count)) socket.resume();
  }

  #countOverdue(): number {
    const overdueMs = this.#clock.now() - this.#limits.unreadMaxMs;
    const firstInTime = this.#held.findIndex(({ sinceMs }) => sinceMs > overdueMs);
    return firstInTime === -1 ? this.#held.length : firstInTime;
  }
}

function measureUtilization(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
