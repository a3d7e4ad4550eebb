import { Semaphore } from 'async-mutex';
import { refused } from '../domain/answers.ts';
import { type Account, refusalOf } from '../domain/decide.ts';
import type { BalanceQuery, Change, Creation, EntriesQuery, Operation, UserId } from '../domain/operation.ts';
import type { OperationHandler } from '../domain/operation-handler.ts';
import { failed, notBegun, type Outcome, rejected } from '../domain/outcome.ts';
import type { Logger } from '../observability/logger.ts';
import type { Lease, LedgerReader, LedgerWriter } from '../store/ledger.ts';
import { StoreError } from '../store/store-error.ts';
import type { Clock } from '../time/clock.ts';
import { AccountLoader } from './account-loader.ts';
import { Accounts } from './accounts.ts';
import { Admissions, type Pending } from './admissions.ts';
import { BalanceCache } from './balance-cache.ts';
import { type CreationContext, createUser } from './creation.ts';
import { Creations } from './creations.ts';
import { GroupCommit } from './group-commit.ts';
import { KeyedMutex } from './keyed-mutex.ts';
import { Mailbox, type MailboxContext, type PendingChange } from './mailbox.ts';
import { Outbox } from './outbox.ts';
import type { OwnerMeter } from './owner-meter.ts';

export interface OwnerOptions {
  readonly reader: LedgerReader;
  readonly writer: LedgerWriter;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  /** Called before anything remembered is used; calls `invalidateAll` when that may be outdated. */
  readonly ensureSound: () => void;
  readonly cacheUsersMax: number;
  readonly pendingPerUserMax: number;
  readonly pendingMax: number;
  /** Absent or null: nobody counts. */
  readonly meter?: OwnerMeter | null;
}

type OwnerContext = MailboxContext & CreationContext;

/** An operation is not admitted when it would spend more than this share of its time waiting: pace is only foreseen. */
const WAITING_SHARE_MAX = 0.6;

/** Lists being read at the same time. */
const LISTING_MAX = 2;

/**
 * Owns a share of the users: every operation on them passes here, one user's changes strictly in order. Safety rests on
 * the guard of the ledger alone; owning makes it fast, since the owner knows the balance.
 */
export class Owner implements OperationHandler {
  readonly #options: OwnerOptions;
  readonly #context: OwnerContext;
  /** Lists are read a few at a time, so that those who wait can be left out once they were answered. */
  readonly #listing = new Semaphore(LISTING_MAX);
  /** The users with changes that are not committed or refused yet. */
  readonly #mailboxes = new Map<UserId, Mailbox>();

  constructor(options: OwnerOptions) {
    const { lease, clock, meter = null, pendingMax, pendingPerUserMax, reader, writer } = options;
    const onEvicted = meter === null ? undefined : () => meter.evicted();
    const cache = new BalanceCache(options.cacheUsersMax, options.ensureSound, onEvicted);
    this.#options = options;
    this.#context = {
      cache,
      lease,
      clock,
      meter,
      writer,
      mutex: new KeyedMutex(),
      accounts: new Accounts(cache, new AccountLoader(reader, clock, meter)),
      commits: new GroupCommit(options),
      outbox: new Outbox(clock),
      creations: new Creations(options),
      admissions: new Admissions({ pendingMax, clock, lease, meter }),
      waitingMax: pendingPerUserMax,
      onEmpty: (userId) => this.#mailboxes.delete(userId),
    };
    lease.onLost(() => cache.clear());
  }

  /** What it carries at this moment. */
  readLoad(): { readonly openOperations: number; readonly openUsers: number; readonly cachedUsers: number } {
    const { admissions, cache } = this.#context;
    return { openOperations: admissions.open, openUsers: this.#mailboxes.size, cachedUsers: cache.size };
  }

  handle(operation: Operation): Promise<Outcome> {
    switch (operation.kind) {
      case 'change':
        return this.#change(operation);
      case 'create':
        return this.#create(operation);
      case 'balance':
        return this.#readBalance(operation);
      case 'entries':
        return this.#listEntries(operation);
    }
  }

  /** Forgets what is remembered of a user whose balance was changed by somebody else. */
  invalidate(userId: UserId): void {
    this.#context.cache.invalidate(userId);
  }

  invalidateAll(): void {
    this.#context.cache.clear();
  }

  /** Answers by `deadlineMs` what is open and what is still to come: a drain is under way. */
  cutDeadlinesTo(deadlineMs: number): void {
    this.#context.admissions.cutDeadlinesTo(deadlineMs);
  }

  /** Resolves when every operation has been answered. */
  whenIdle(): Promise<void> {
    return this.#context.admissions.whenNone();
  }

  #change(change: Change): Promise<Outcome> {
    const refusal = this.#refuseEarly(change);
    if (refusal !== null) return Promise.resolve(refusal);
    if (this.#comesTooLate(change)) return Promise.resolve(this.#turnAway());
    return this.#context.admissions.admit(change, (pending) => this.#post(pending));
  }

  /** An overdraft of an idle user is refused on the cached balance: nothing is in flight that could still change it. */
  #refuseEarly(change: Change): Outcome | null {
    if (change.idempotencyKey !== null || change.isRetry || this.#mailboxes.has(change.userId)) return null;
    const account = this.#remembered(change.userId);
    if (account === undefined) return null;
    const code = refusalOf(account.balance, change.amount);
    if (code === null) return null;
    const { meter } = this.#context;
    meter?.looked(true);
    meter?.decided(change.userId, 1);
    return refused(change, code, account, false);
  }

  /** Queues are so long that its deadline is in doubt. Never said of a retry: an earlier sending may be applied. */
  #comesTooLate({ userId, deadlineMs, isRetry }: Change): boolean {
    const { admissions, clock, commits } = this.#context;
    if (isRetry) return false;
    const ownInRounds = this.#mailboxes.get(userId)?.waitingInRounds ?? 0;
    const waitMs = commits.foresee(this.#mailboxes.size, admissions.open, ownInRounds);
    return waitMs > WAITING_SHARE_MAX * (deadlineMs - clock.now());
  }

  #turnAway(): Outcome {
    this.#context.meter?.shed('deadline');
    return failed('overloaded');
  }

  #post(pending: PendingChange): void {
    const { userId } = pending.operation;
    const mailbox = this.#mailboxes.get(userId);
    if (mailbox !== undefined) {
      if (mailbox.post(pending)) return;
      this.#context.meter?.shed('user_queue');
      this.#context.admissions.settle(pending, notBegun(pending.operation, 'overloaded'));
      return;
    }
    const opened = new Mailbox(userId, this.#context);
    this.#mailboxes.set(userId, opened);
    opened.post(pending);
    void opened.empty();
  }

  #create(creation: Creation): Promise<Outcome> {
    const { clock, creations } = this.#context;
    // With a key it may be a replay.
    const isPlain = creation.idempotencyKey === null && !creation.isRetry;
    if (isPlain && this.#remembered(creation.userId) !== undefined) return Promise.resolve(rejected('user_exists'));
    const leftMs = creation.deadlineMs - clock.now();
    if (!creation.isRetry && creations.foresee() > WAITING_SHARE_MAX * leftMs) {
      return Promise.resolve(this.#turnAway());
    }
    return this.#admit(creation, (pending) => createUser(this.#context, pending));
  }

  #readBalance(query: BalanceQuery): Promise<Outcome> {
    const known = this.#remembered(query.userId);
    this.#context.meter?.looked(known !== undefined);
    if (known !== undefined) return Promise.resolve(balanceOf(query.userId, known));
    return this.#admit(query, async (pending) => {
      const account = await this.#fetch(pending);
      return account === undefined ? rejected('user_not_found') : balanceOf(query.userId, account);
    });
  }

  /** What is listed ends at the version that the owner answers from: nobody sees an entry before its balance. */
  #listEntries(query: EntriesQuery): Promise<Outcome> {
    return this.#admit(query, async (pending) => {
      const known = this.#remembered(query.userId);
      this.#context.meter?.looked(known !== undefined);
      const account = known ?? (await this.#fetch(pending));
      if (account === undefined) return rejected('user_not_found');
      const entries = await this.#listing.runExclusive(() => {
        if (pending.state === 'settled') throw answeredMeanwhile();
        return this.#options.reader.listEntries(query, account.version);
      });
      const last = entries.at(-1);
      const nextBefore = last !== undefined && entries.length === query.limit && last.version > 1 ? last.version : null;
      return { kind: 'entries', entries, nextBefore };
    });
  }

  /** The committed account, if it may be answered from memory now. */
  #remembered(userId: UserId): Account | undefined {
    return this.#context.lease.isFresh() ? this.#context.cache.get(userId) : undefined;
  }

  /** The lease is waited for before the mutex is: a queue for a mutex sends nobody home. */
  async #fetch(pending: Pending<BalanceQuery | EntriesQuery>): Promise<Account | undefined> {
    const { accounts, admissions, mutex } = this.#context;
    const { userId } = pending.operation;
    if (!(await admissions.whenFresh(pending))) throw answeredMeanwhile();
    return mutex.runExclusive(userId, () => {
      if (pending.state === 'settled') throw answeredMeanwhile();
      return accounts.fetch(userId);
    });
  }

  /** Runs an operation that is not a change, with its user pinned. */
  #admit<O extends Exclude<Operation, Change>>(
    operation: O,
    task: (pending: Pending<O>) => Promise<Outcome>,
  ): Promise<Outcome> {
    const { admissions, cache } = this.#context;
    return admissions.admit(operation, (pending) => {
      cache.pin(operation.userId);
      void task(pending)
        .catch((error: unknown) => this.#failureOf(error))
        .then((outcome) => admissions.settle(pending, outcome))
        .finally(() => cache.unpin(operation.userId));
    });
  }

  #failureOf(error: unknown): Outcome {
    if (error instanceof StoreError) return failed('not_ready');
    this.#options.log.error({ err: error }, 'an operation failed unexpectedly');
    return failed('internal');
  }
}

const answeredMeanwhile = () => new StoreError('not_applied', 'the operation was answered while it waited');

const balanceOf = (userId: UserId, account: Account): Outcome => ({ kind: 'balance', userId, ...account });
