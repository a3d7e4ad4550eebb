/** Weight of the newest round in the smoothed duration: a stall is forgotten within a few rounds. */
const NEWEST_WEIGHT = 0.3;

/** The queues that a change joins. */
export interface Backlog {
  /** A round is under way. */
  readonly isRunning: boolean;
  /** Users that wait for a round, without those of the one under way, as a share of what one round takes. */
  readonly usersInRounds: number;
  /** All operations that are open, as a share of what one round takes. */
  readonly openInRounds: number;
  /** The changes before this one of its own user, as a share of what one round takes of one user. */
  readonly ownInRounds: number;
}

/**
 * Foresees when a change that comes now would be committed, from how long rounds take and how many are ahead.
 *
 * This is what keeps an overload from becoming a collapse. A queue that is first in, first out and as long as the
 * deadline serves only what is about to expire: it enters its round with too little time left, its caller is told
 * `outcome_unknown`, and the work was for nothing. At three times the load that the ledger could bear, 22% of the
 * peak was left; a change refused at once costs next to nothing.
 */
export class RoundPace {
  #roundMs = 0;

  /** A round that was applied took this long. What failed says nothing about pace. */
  took(ms: number): void {
    this.#roundMs = this.#roundMs === 0 ? ms : this.#roundMs + NEWEST_WEIGHT * (ms - this.#roundMs);
  }

  /**
   * Ms until the commit of a change that comes now. 0 when it fits into the next round: that one is sent in any case, so
   * nobody is helped by leaving the change out, and news of the pace always gets through.
   */
  foresee({ isRunning, usersInRounds, openInRounds, ownInRounds }: Backlog): number {
    const ahead = Math.max(usersInRounds * (1 + ownInRounds), openInRounds, ownInRounds);
    if (!isRunning || ahead < 1) return 0;
    // The one under way, those ahead, and its own.
    return this.#roundMs * (2 + ahead);
  }
}
