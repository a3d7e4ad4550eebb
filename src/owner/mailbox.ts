import { outcomesOf, replayedChange } from '../domain/answers.ts';
import { type Decision, decide, type RecordedEntry } from '../domain/decide.ts';
import type { Change, UserId } from '../domain/operation.ts';
import { failed, type Outcome, rejected } from '../domain/outcome.ts';
import type { Lease, LedgerWriter } from '../store/ledger.ts';
import { StoreError } from '../store/store-error.ts';
import { type Backoff, jitteredMs } from '../time/backoff.ts';
import { type Clock, delay } from '../time/clock.ts';
import type { Accounts } from './accounts.ts';
import type { Admissions, Pending } from './admissions.ts';
import type { BalanceCache } from './balance-cache.ts';
import type { GroupCommit, Proposal, Verdict } from './group-commit.ts';
import type { KeyedMutex } from './keyed-mutex.ts';
import { explainMiss } from './miss.ts';
import type { Outbox } from './outbox.ts';
import type { OwnerMeter } from './owner-meter.ts';
import { findRetried } from './retries.ts';

/** Changes of one user in one round. */
const BATCH_MAX = 4096;
const NONE: ReadonlySet<never> = new Set();
const PAUSE: Backoff = { firstMs: 10, maxMs: 250 };

/** What all mailboxes of an owner share. */
export interface MailboxContext {
  readonly mutex: KeyedMutex<UserId>;
  readonly cache: BalanceCache;
  readonly accounts: Accounts;
  readonly commits: GroupCommit;
  readonly outbox: Outbox;
  readonly writer: LedgerWriter;
  readonly lease: Lease;
  readonly admissions: Admissions;
  readonly clock: Clock;
  readonly meter: OwnerMeter | null;
  /** Changes that may wait for one user. */
  readonly waitingMax: number;
  /** Called in the same turn in which a mailbox finds itself empty: whatever comes later needs a new one. */
  readonly onEmpty: (userId: UserId) => void;
}

export type PendingChange = Pending<Change>;

const isWaiting = (change: PendingChange) => change.state === 'waiting';

/** A batch that was decided, and is part of the round under way. */
interface InFlight {
  readonly batch: readonly PendingChange[];
  readonly decisions: readonly Decision[];
  readonly proposal: Proposal;
  /** The cache's epoch of the user when it was decided. */
  readonly epoch: number | undefined;
}

/**
 * All changes of one user that are not decided and committed yet, and their way into rounds.
 *
 * A change comes in `waiting`. In its turn, under the user's mutex, the mailbox takes everything that waits, decides it
 * in order of arrival, and proposes it as one net change to the group commit; until the verdict it is `in_flight`.
 * Then its answer goes to the outbox, or it goes back to the head of what waits, to be decided again on what the ledger
 * says. So at any time at most one batch of a user is in flight, and it was decided on a committed account.
 */
export class Mailbox {
  readonly #userId: UserId;
  readonly #context: MailboxContext;
  #waiting: PendingChange[] = [];
  #inFlight: InFlight | null = null;
  /** Retries whose earlier sending was looked for in this turn: only those may be decided in it. */
  #lookedUp: ReadonlySet<PendingChange> = NONE;
  /** Somebody else was found to hold the user's row. */
  #isContended = false;
  /** Turns in a row that brought nothing forward. */
  #failures = 0;
  /** Changes decided in one turn: fewer after a batch was rejected, until the one that is to blame stands alone. */
  #batchMax = BATCH_MAX;

  constructor(userId: UserId, context: MailboxContext) {
    this.#userId = userId;
    this.#context = context;
  }

  /** The rounds it takes to bring in what waits. */
  get waitingInRounds(): number {
    return this.#waiting.length / BATCH_MAX;
  }

  /** False when it is full. */
  post(change: PendingChange): boolean {
    // Nobody else drops what has expired while a turn takes its time.
    if (this.#waiting[0]?.state === 'settled') this.#dropSettled();
    if (this.#waiting.length >= this.#context.waitingMax) return false;
    this.#waiting.push(change);
    return true;
  }

  /** Works until nothing waits. The mutex is given back between turns, so that reads get theirs. */
  async empty(): Promise<void> {
    const { cache, mutex, onEmpty } = this.#context;
    cache.pin(this.#userId);
    try {
      while (this.#waiting.length > 0) {
        await mutex.runExclusive(this.#userId, () => this.#turn());
        if (this.#failures > 0) await this.#pause();
      }
    } finally {
      onEmpty(this.#userId);
      cache.unpin(this.#userId);
    }
  }

  async #turn(): Promise<void> {
    try {
      if (!(await this.#prepare())) return;
      await this.#conclude(await this.#context.commits.enlist(() => this.#propose()));
    } catch (error) {
      // What waits goes on waiting, until the store answers again or the deadlines pass.
      if (!(error instanceof StoreError)) throw error;
      this.#failures += 1;
    }
  }

  /**
   * Brings in what deciding needs: the account, and the truth about operations sent before. False: nothing to decide.
   * Whatever is at hand is not waited for: with thousands of users in their turns at once, it is promises that cost.
   */
  async #prepare(): Promise<boolean> {
    const { admissions, cache, lease, meter } = this.#context;
    this.#dropSettled();
    const [first] = this.#waiting;
    if (first === undefined || !(lease.isFresh() || (await admissions.whenFresh(first)))) return false;
    const isInMemory = cache.get(this.#userId) !== undefined;
    meter?.looked(isInMemory);
    if (!isInMemory) await this.#fetch();
    if (this.#waiting.some((change) => change.operation.isRetry)) await this.#lookUpRetries();
    else this.#lookedUp = NONE;
    this.#dropSettled();
    return this.#waiting.length > 0;
  }

  async #fetch(): Promise<void> {
    const asking = [...this.#waiting];
    const account = await this.#context.accounts.fetch(this.#userId);
    if (account === undefined) this.#settleAll(asking, rejected('user_not_found'));
  }

  #dropSettled(): void {
    if (this.#waiting.every(isWaiting)) return;
    this.#waiting = this.#waiting.filter(isWaiting);
  }

  async #lookUpRetries(): Promise<void> {
    const retries = this.#waiting.filter((change) => change.operation.isRetry && change.state === 'waiting');
    this.#lookedUp = new Set(retries);
    if (retries.length === 0) return;
    const operations = retries.map((change) => change.operation);
    const found = await findRetried(this.#context.writer, this.#userId, operations);
    for (const change of retries) {
      const entry = found.get(change.operation.id);
      if (entry !== undefined) this.#settle(change, replayedChange(change.operation, entry, false));
    }
  }

  /** Decides everything that waits, now that the round starts. Null when there is nothing to write. */
  #propose(): Proposal | null {
    const { cache, lease, meter } = this.#context;
    const account = cache.get(this.#userId);
    if (account === undefined || !lease.isFresh()) return null;
    const batch = this.#takeBatch();
    meter?.decided(this.#userId, batch.length);
    const { decisions, entries, next } = decide(
      account,
      batch.map((change) => change.operation),
    );
    if (entries.length === 0) {
      // Every verdict rests on the committed account alone, so there is no commit to wait for.
      this.#answer(batch, decisions);
      return null;
    }
    let lastDeadlineMs = 0;
    for (const change of batch) {
      change.state = 'in_flight';
      lastDeadlineMs = Math.max(lastDeadlineMs, change.deadlineMs);
    }
    const isContended = this.#isContended;
    const proposal = { userId: this.#userId, expected: account, next, entries, lastDeadlineMs, isContended };
    this.#inFlight = { batch, decisions, proposal, epoch: cache.epochOf(this.#userId) };
    return proposal;
  }

  #takeBatch(): PendingChange[] {
    const batch: PendingChange[] = [];
    let taken = 0;
    for (const change of this.#waiting) {
      if (batch.length >= this.#batchMax || (change.operation.isRetry && !this.#lookedUp.has(change))) break;
      taken += 1;
      if (change.state === 'waiting') batch.push(change);
    }
    this.#waiting = this.#waiting.slice(taken);
    return batch;
  }

  async #conclude(verdict: Verdict): Promise<void> {
    const flight = this.#inFlight;
    if (verdict === 'nothing' || flight === null) return;
    this.#inFlight = null;
    switch (verdict) {
      case 'applied':
        this.#remember(flight);
        return this.#succeed(flight);
      case 'missed':
        return this.#settleMiss(flight);
      case 'not_applied':
        return this.#putBack(flight);
      case 'rejected':
        return this.#bisect(flight);
      case 'abandoned':
        return this.#forget(flight);
    }
  }

  #bisect(flight: InFlight): void {
    // Whoever judges data can be reached: there is nothing to wait for.
    this.#failures = 0;
    this.#batchMax = Math.ceil(flight.batch.length / 2);
    if (flight.batch.length > 1) this.#putBack(flight);
    else this.#settleAll(flight.batch, failed('internal'));
  }

  /** Word of a later change from outside may have overtaken the answer to our own: then the account is loaded again. */
  #remember(flight: InFlight): void {
    const { cache } = this.#context;
    if (cache.epochOf(this.#userId) === flight.epoch) cache.set(this.#userId, flight.proposal.next);
  }

  /** The guard has refused: the ledger tells what that means, for this user alone. */
  async #settleMiss(flight: InFlight): Promise<void> {
    const { cache, writer } = this.#context;
    cache.invalidate(this.#userId);
    const { entries, expected } = flight.proposal;
    const place = (expected.version + 1) as typeof expected.version;
    const keys = entries.flatMap((entry) => entry.idempotencyKey ?? []);
    const found = await this.#insist(flight, () => writer.inspect(this.#userId, place, keys));
    if (found === null) return this.#forget(flight);
    const miss = explainMiss(flight.proposal, found);
    this.#context.meter?.guardMissed(miss.kind);
    switch (miss.kind) {
      case 'applied':
        // Found by reading, and a row can be seen before it is as durable as promised.
        if (!(await this.#isConfirmed(flight))) return this.#forget(flight);
        return this.#succeed(flight);
      case 'known_keys':
        if (!(await this.#isConfirmed(flight))) return this.#forget(flight);
        this.#replay(flight, miss.byKey);
        return this.#putBack(flight);
      case 'locked':
      case 'moved':
        this.#isContended = miss.kind === 'locked';
        this.#failures += 1;
        return this.#putBack(flight);
      case 'user_gone':
        return this.#settleAll(flight.batch, rejected('user_not_found'));
    }
  }

  /** True once what the ledger showed is durable; false when nobody waits for it any more. */
  async #isConfirmed(flight: InFlight): Promise<boolean> {
    const isDone = await this.#insist(flight, async () => {
      await this.#context.writer.confirmDurable();
      return true;
    });
    return isDone === true;
  }

  /** Repeats a read that settles a batch in flight, until nobody waits for the batch any more: then null. */
  async #insist<T>(flight: InFlight, read: () => Promise<T>): Promise<T | null> {
    const { admissions, clock } = this.#context;
    for (;;) {
      const open = flight.batch.find((change) => change.state !== 'settled');
      if (open === undefined) return null;
      if (!(await admissions.whenFresh(open))) continue;
      try {
        return await read();
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
      }
      await delay(clock, PAUSE.firstMs);
    }
  }

  #replay(flight: InFlight, byKey: ReadonlyMap<string, RecordedEntry>): void {
    for (const change of flight.batch) {
      const entry = byKey.get(change.operation.idempotencyKey ?? '');
      if (entry !== undefined) this.#settle(change, replayedChange(change.operation, entry, true));
    }
  }

  /** What was decided but certainly not applied goes first in the next turn. */
  #putBack(flight: InFlight): void {
    const open = flight.batch.filter((change) => change.state !== 'settled');
    for (const change of open) change.state = 'waiting';
    this.#waiting = [...open, ...this.#waiting];
  }

  #succeed(flight: InFlight): void {
    this.#isContended = false;
    this.#failures = 0;
    this.#batchMax = Math.min(BATCH_MAX, this.#batchMax * 2);
    const { admissions, outbox } = this.#context;
    for (const change of flight.batch) admissions.know(change);
    outbox.post(() => this.#answer(flight.batch, flight.decisions));
  }

  /** Nobody waits for the outcome any more, and nobody knows it. */
  #forget(flight: InFlight): void {
    this.#context.cache.invalidate(this.#userId);
    this.#settleAll(flight.batch, failed('outcome_unknown'));
  }

  #answer(batch: readonly PendingChange[], decisions: readonly Decision[]): void {
    const outcomes = outcomesOf(
      batch.map((change) => change.operation),
      decisions,
    );
    for (const [index, change] of batch.entries()) this.#settle(change, outcomes[index] as Outcome);
  }

  #settleAll(changes: readonly PendingChange[], outcome: Outcome): void {
    for (const change of changes) this.#settle(change, outcome);
  }

  #settle(change: PendingChange, outcome: Outcome): void {
    this.#context.admissions.settle(change, outcome);
  }

  #pause(): Promise<void> {
    const { clock } = this.#context;
    return delay(clock, jitteredMs(clock, PAUSE, this.#failures - 1));
  }
}
