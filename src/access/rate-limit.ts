import { LRUCache } from 'lru-cache';
import type { RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import type { Logger } from '../observability/logger.ts';
import type { Clock } from '../time/clock.ts';
import { BoundedLog } from './bounded-log.ts';
import type { RateLimitSettings } from './settings.ts';

/** Callers over their limit that a worker remembers by itself. */
const EXHAUSTED_MAX = 10_000;
/** Requests that wait for the count of the whole service. */
const ASKING_MAX = 16_384;

/** What a caller has left. */
export interface Quota {
  readonly requests: number;
  readonly windowS: number;
  readonly remaining: number;
  /** Until the window ends, at least 1. */
  readonly resetS: number;
}

export interface Taken {
  readonly isAdmitted: boolean;
  /** Null when it could not be learnt. */
  readonly quota: Quota | null;
}

const uncounted: Taken = { isAdmitted: true, quota: null };

/** Counts in windows that begin with a caller's first request. */
type Counter = Pick<RateLimiterAbstract, 'consume'>;

export interface RateLimitOptions {
  readonly settings: RateLimitSettings;
  readonly counter: Promise<Counter>;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn'>;
}

/**
 * So many requests of one caller in a window. The counter may be in another process: who is over the limit is therefore
 * remembered here until the window ends, so that a flood costs its own worker a look into a map and the counter nothing.
 *
 * A limit protects other callers, not money: while the counter cannot be asked, everybody is admitted.
 */
export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #warnings: BoundedLog;
  /** The end of the window, monotonic ms, by the subject that has used it up. */
  readonly #exhausted = new LRUCache<string, number>({ max: EXHAUSTED_MAX });
  #asking = 0;

  constructor(options: RateLimitOptions) {
    this.#options = options;
    this.#warnings = new BoundedLog(options.log, options.clock);
  }

  /** Counts so many requests. Those that are refused count too. */
  take(subject: string, requests = 1): Taken | Promise<Taken> {
    const leftMs = (this.#exhausted.get(subject) ?? 0) - this.#options.clock.now();
    if (leftMs > 0) return { isAdmitted: false, quota: this.#quota(0, leftMs) };
    return this.#asking < ASKING_MAX ? this.#ask(subject, requests) : uncounted;
  }

  async #ask(subject: string, requests: number): Promise<Taken> {
    this.#asking += 1;
    try {
      const counter = await this.#options.counter;
      const { remainingPoints, msBeforeNext } = await counter.consume(subject, requests);
      return { isAdmitted: true, quota: this.#quota(remainingPoints, msBeforeNext) };
    } catch (refusal) {
      if (refusal instanceof Error) {
        this.#warnings.warn(() => ({ err: refusal }), 'A request was admitted without counting it');
        return uncounted;
      }
      const { msBeforeNext } = refusal as RateLimiterRes;
      this.#exhausted.set(subject, this.#options.clock.now() + msBeforeNext);
      return { isAdmitted: false, quota: this.#quota(0, msBeforeNext) };
    } finally {
      this.#asking -= 1;
    }
  }

  #quota(remaining: number, leftMs: number): Quota {
    return { ...this.#options.settings, remaining, resetS: Math.max(1, Math.ceil(leftMs / 1000)) };
  }
}
