import type { Clock } from '../time/clock.ts';

/**
 * Answers that are ready, held back until the next round is on its way: PostgreSQL then works while they are given,
 * instead of waiting for thousands of callers to be told. No answer waits for a round: it is a matter of two turns of
 * the event loop, whether there is a next round or not.
 */
export class Outbox {
  readonly #clock: Clock;
  #ready: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `answer` is called soon, in the order of posting. */
  post(answer: () => void): void {
    this.#ready.push(answer);
    if (this.#ready.length > 1) return;
    // In the first turn whoever was committed enlists again, and the round starts; so it has been sent by the second.
    this.#clock.soon(() => this.#clock.soon(() => this.#give()));
  }

  #give(): void {
    const ready = this.#ready;
    this.#ready = [];
    for (const answer of ready) answer();
  }
}
