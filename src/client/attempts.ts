import { onAbort } from './abort-listeners.ts';
import { type Attempt, attempt, type ServiceRequest } from './attempt.ts';
import type { Settings } from './settings.ts';

/** How long one call may take, and who may end it earlier. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** From the call to its outcome or error; by default that of the client. */
  readonly timeoutMs?: number | undefined;
}

/** Why there is no further attempt. */
export type Stop = 'aborted' | 'attempts_exhausted' | 'deadline_exceeded';

/** The attempts of one operation, one after the other: how many there were, and how long there may be more. */
export class Attempts {
  readonly #settings: Settings;
  readonly #signal: AbortSignal | undefined;
  readonly #deadlineMs: number;
  #made = 0;

  constructor(settings: Settings, options: CallOptions) {
    this.#settings = settings;
    this.#signal = options.signal;
    this.#deadlineMs = settings.clock.now() + (options.timeoutMs ?? settings.timeoutMs);
  }

  get made(): number {
    return this.#made;
  }

  async make(request: ServiceRequest): Promise<Attempt> {
    // An operation that was called off before it began is not begun.
    if (this.#signal?.aborted) return { kind: 'not_sent', cause: this.#signal.reason };
    this.#made += 1;
    const leftMs = Math.max(0, this.#deadlineMs - this.#settings.clock.now());
    const timeoutMs = Math.min(this.#settings.attemptTimeoutMs, leftMs);
    return attempt(this.#settings, request, timeoutMs, this.#signal);
  }

  /** Waits until the next attempt may be made, and resolves with null; or at once, with why there is none. */
  async pause(retryAfterMs: number | null): Promise<Stop | null> {
    const { clock, attemptsMax } = this.#settings;
    if (this.#signal?.aborted) return 'aborted';
    const pauseMs = (retryAfterMs ?? 0) + this.#jitterMs();
    if (clock.now() + pauseMs >= this.#deadlineMs) return 'deadline_exceeded';
    if (this.#made >= attemptsMax) return 'attempts_exhausted';
    await this.#wait(pauseMs);
    return this.#signal?.aborted ? 'aborted' : null;
  }

  /** Full jitter: half of the limit would let callers who failed together return together. */
  #jitterMs(): number {
    const { clock, pauseFirstMs, pauseMaxMs } = this.#settings;
    return clock.random() * Math.min(pauseMaxMs, pauseFirstMs * 2 ** (this.#made - 1));
  }

  #wait(pauseMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancelTimer();
        cancelListening();
        resolve();
      };
      const cancelTimer = this.#settings.clock.schedule(pauseMs, end);
      const cancelListening = this.#signal === undefined ? () => undefined : onAbort(this.#signal, end);
    });
  }
}
