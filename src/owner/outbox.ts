import type { Clock } from '../time/clock.ts';

/**
 * Answers that are ready, held back until the next round is on its way: PostgreSQL then works while they are given,
 * instead of waiting for thousands of callers to be told. No answer waits for a round: it is a matter of two turns of
 * the event loop, whether there is a next round or not.
 */
export class Outbox {
  readonly #clock: Clock;
  #posted: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `answer` is called soon, in the order of posting. */
  post(answer: () => void): void {
    this.#posted.push(answer);
    if (this.#posted.length === 1) this.#clock.soon(() => this.#seal());
  }

  /**
   * In this turn whoever was committed enlists again and the next round is sent. What is posted from now on is of that
   * one.
   */
  #seal(): void {
    const sealed = this.#posted;
    this.#posted = [];
    this.#clock.soon(() => {
      for (const answer of sealed) answer();
    });
  }
}
