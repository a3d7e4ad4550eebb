import type { Logger } from '../observability/logger.ts';
import type { Lease, LedgerWriter, UserChange } from '../store/ledger.ts';
import { type StoreError, toStoreError } from '../store/store-error.ts';
import { type Backoff, jitteredMs } from '../time/backoff.ts';
import { type Clock, delay } from '../time/clock.ts';
import type { OwnerMeter } from './owner-meter.ts';
import { RoundPace } from './round-pace.ts';

/** Users in one statement. */
const USERS_MAX = 1024;
/** Entries in one statement, at which no further user is taken in. */
const ENTRIES_MAX = 8192;
const PAUSE: Backoff = { firstMs: 20, maxMs: 500 };

/** A user's part of a round, as its owner proposes it when the round starts. */
export interface Proposal extends UserChange {
  /** The latest deadline of the operations in it: past that, nobody waits for the outcome any more. */
  readonly lastDeadlineMs: number;
  /** The user's row was found locked by somebody else. */
  readonly isContended: boolean;
}

/**
 * What became of a proposal.
 * - `applied`: committed, durably.
 * - `missed`: not changed by this statement; the ledger tells why. After a lost connection it may have been changed by
 *   an earlier sending of the very same statement.
 * - `rejected`: PostgreSQL refuses its data; nothing was applied.
 * - `not_applied`: nothing was applied; it may succeed later.
 * - `abandoned`: its outcome is unknown, and all its deadlines have passed.
 * - `nothing`: the owner had nothing to propose.
 */
export type Verdict = 'applied' | 'missed' | 'rejected' | 'not_applied' | 'abandoned' | 'nothing';

interface Enlisted {
  readonly propose: () => Proposal | null;
  readonly resolve: (verdict: Verdict) => void;
}

interface Member {
  readonly proposal: Proposal;
  readonly resolve: (verdict: Verdict) => void;
}

export interface GroupCommitOptions {
  readonly writer: Pick<LedgerWriter, 'apply'>;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  readonly meter?: OwnerMeter | null;
}

/**
 * Commits the changes of all users that are ready in rounds of one statement each, one round at a time.
 *
 * There is no timer: a round starts as soon as the one before has returned, so rounds grow with load and a lone change
 * waits for nobody. Owners propose when the round starts, not when they enlist, so a change that arrives while the
 * round before is under way is in the next one.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #pace = new RoundPace();
  #enlisted: Enlisted[] = [];
  #isRunning = false;
  #usersInFlight = 0;
  #failures = 0;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Calls `propose` at the start of the next round that has room. A user enlists once at a time. */
  enlist(propose: () => Proposal | null): Promise<Verdict> {
    return new Promise((resolve) => {
      this.#enlisted.push({ propose, resolve });
      if (this.#isRunning) return;
      this.#isRunning = true;
      this.#options.clock.soon(() => void this.#run());
    });
  }

  /**
   * Ms until a change would be committed that came now, behind `open` others of as many `users` in all, and `ownInRounds`
   * of its own user. Users count whether they are enlisted or still wait for their account to be loaded.
   */
  foresee(users: number, open: number, ownInRounds: number): number {
    return this.#pace.foresee({
      isRunning: this.#isRunning,
      usersInRounds: (users - this.#usersInFlight) / USERS_MAX,
      openInRounds: open / ENTRIES_MAX,
      ownInRounds,
    });
  }

  async #run(): Promise<void> {
    while (this.#enlisted.length > 0) {
      await this.#options.lease.whenFresh();
      const round = this.#gather();
      this.#usersInFlight = round.length;
      if (round.length > 0) await this.#commit(round);
      this.#usersInFlight = 0;
      if (this.#failures > 0) await this.#pause();
    }
    this.#isRunning = false;
  }

  #gather(): Member[] {
    const round: Member[] = [];
    let entries = 0;
    let taken = 0;
    for (const { propose, resolve } of this.#enlisted) {
      if (round.length >= USERS_MAX || entries >= ENTRIES_MAX) break;
      taken += 1;
      const proposal = propose();
      if (proposal === null) {
        resolve('nothing');
        continue;
      }
      round.push({ proposal, resolve });
      entries += proposal.entries.length;
    }
    this.#enlisted = this.#enlisted.slice(taken);
    return round;
  }

  /**
   * Gives every member its verdict. A round is bisected or sent again at most until its deadlines have passed.
   * `mayBeApplied`: the outcome of an earlier sending is unknown, so no failure of this one says that nothing happened.
   */
  async #commit(round: readonly Member[], mayBeApplied = false): Promise<void> {
    let isUnsettled = mayBeApplied;
    let skipLocked = round.some(({ proposal }) => proposal.isContended);
    for (;;) {
      const error = await this.#send(round, skipLocked);
      switch (error?.failure) {
        case undefined:
          return;
        case 'locked':
          if (skipLocked) return this.#putOff(round, error, isUnsettled);
          skipLocked = true;
          break;
        case 'rejected':
          return this.#bisect(round, error, isUnsettled);
        case 'not_applied':
          return this.#putOff(round, error, isUnsettled);
        case 'unknown':
          isUnsettled = true;
          // Sent again as it is: if the first sending was committed the guard refuses this one, if it is still running
          // its row locks make this one wait, if it died this one applies.
          await this.#options.lease.whenFresh();
          if (this.#isPastDeadline(round)) return giveVerdict(round, 'abandoned');
      }
    }
  }

  /** Resolves to the error, or to undefined when every member has its verdict. */
  async #send(round: readonly Member[], skipLocked: boolean): Promise<StoreError | undefined> {
    try {
      const proposals = round.map(({ proposal }) => proposal);
      const { clock, meter, writer } = this.#options;
      const sentAtMs = clock.now();
      const changed = await writer.apply(proposals, { skipLocked });
      const tookMs = clock.now() - sentAtMs;
      this.#pace.took(tookMs);
      meter?.roundApplied(tookMs, round.length, countEntries(proposals));
      this.#failures = 0;
      for (const { proposal, resolve } of round) resolve(changed.has(proposal.userId) ? 'applied' : 'missed');
      return undefined;
    } catch (thrown) {
      const error = toStoreError(thrown);
      this.#options.meter?.roundSent(error.failure);
      return error;
    }
  }

  /** Finds the one whose data PostgreSQL refuses; the others go through. */
  async #bisect(round: readonly Member[], error: StoreError, mayBeApplied: boolean): Promise<void> {
    this.#failures = 0;
    if (round.length === 1) {
      this.#options.log.error({ reason: error.message, userId: round[0]?.proposal.userId }, 'a change was rejected');
      return giveVerdict(round, mayBeApplied ? 'missed' : 'rejected');
    }
    const middle = Math.ceil(round.length / 2);
    await this.#commit(round.slice(0, middle), mayBeApplied);
    await this.#commit(round.slice(middle), mayBeApplied);
  }

  /** The ledger tells what became of an earlier sending: by now it has ended, since this session holds the lease. */
  #putOff(round: readonly Member[], error: StoreError, mayBeApplied: boolean): void {
    this.#failures += 1;
    this.#options.log.warn({ reason: error.message, users: round.length }, 'a round was not applied');
    giveVerdict(round, mayBeApplied ? 'missed' : 'not_applied');
  }

  #isPastDeadline(round: readonly Member[]): boolean {
    const now = this.#options.clock.now();
    return round.every(({ proposal }) => proposal.lastDeadlineMs <= now);
  }

  #pause(): Promise<void> {
    const { clock } = this.#options;
    return delay(clock, jitteredMs(clock, PAUSE, this.#failures - 1));
  }
}

function countEntries(proposals: readonly Proposal[]): number {
  let entries = 0;
  for (const proposal of proposals) entries += proposal.entries.length;
  return entries;
}

function giveVerdict(round: readonly Member[], verdict: Verdict): void {
  for (const { resolve } of round) resolve(verdict);
}
