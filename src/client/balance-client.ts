// What a program gets from 'highload-user-balance/client'. Nothing in this folder is of Node alone, or of the service.
import { requireTimeout } from './arguments.ts';
import type { CallOptions } from './attempts.ts';
import { type Change, callToChange, keyed } from './change.ts';
import { changeMany } from './change-many.ts';
import { BalanceClientError } from './client-error.ts';
import { type Creation, callToCreate } from './create-user.ts';
import { callToListEntries, type EntriesRange } from './list-entries.ts';
import type { BalanceOutcome, ChangeOutcome, CreationOutcome, EntriesOutcome, LedgerEntry } from './outcomes.ts';
import { callToReadBalance } from './read-balance.ts';
import { type BalanceClientOptions, readSettings, type Settings } from './settings.ts';
import { type Call, settle } from './settle.ts';

export type { CallOptions } from './attempts.ts';
export type { Change } from './change.ts';
export { ChangesUnsettledError, type ChangeUnsettled } from './changes-unsettled-error.ts';
export type { ClientClock } from './client-clock.ts';
export { BalanceClientError, type BalanceClientErrorCode } from './client-error.ts';
export type { Creation } from './create-user.ts';
export type { Credentials } from './credentials.ts';
export type { EntriesRange } from './list-entries.ts';
export type * from './outcomes.ts';
export type { BalanceClientOptions, Fetch } from './settings.ts';

/** Of one request of the walk over all entries: the largest there is. */
const WALK_LIMIT = 1000;

/**
 * Calls the service, and makes an operation again until it is settled: after a lost connection, an attempt without an
 * answer, and 408, 429, 503 and 504. A change has one key for all its attempts, so it is applied at most once.
 *
 * Refusals are outcomes. What has no outcome is a BalanceClientError, which tells whether the change may have been
 * applied and has its key; a bad argument is one with the code `invalid_request`, and nothing is sent. All methods
 * reject with nothing else.
 */
export class BalanceClient {
  readonly #settings: Settings;

  /** Throws `invalid_options`. */
  constructor(options: BalanceClientOptions) {
    this.#settings = readSettings(options);
  }

  /** Withdraws a negative amount or deposits a positive one. */
  async change(change: Change, options: CallOptions = {}): Promise<ChangeOutcome> {
    return this.#settle(callToChange(keyed(change, this.#settings.newIdempotencyKey)), options);
  }

  /**
   * Makes 1 to 10,000 changes in as few requests as it takes. Each is done or refused by itself, and those of one user in
   * their order, unless some of them have to be sent again: these come after the others. The outcomes are in the order of
   * the changes. Rejects with ChangesUnsettledError when one has none.
   */
  async changeMany(changes: readonly Change[], options: CallOptions = {}): Promise<readonly ChangeOutcome[]> {
    requireSoundTimeout(options);
    return changeMany(this.#settings, changes, options);
  }

  /** The committed balance. */
  async readBalance(userId: number, options: CallOptions = {}): Promise<BalanceOutcome> {
    return this.#settle(callToReadBalance(userId), options);
  }

  /**
   * Creates a user. Give a `userId` where you can: without one there is no key, so a creation whose answer was lost is not
   * sent again, for it might make a second user. It rejects with `outcome_unknown`, and nobody can tell what became of it.
   */
  async createUser(creation: Creation = {}, options: CallOptions = {}): Promise<CreationOutcome> {
    return this.#settle(callToCreate(creation, this.#settings.newIdempotencyKey), options);
  }

  /** One page of the changes of a user, newest first. */
  async listEntries(userId: number, range: EntriesRange = {}, options: CallOptions = {}): Promise<EntriesOutcome> {
    return this.#settle(callToListEntries(userId, range), options);
  }

  /**
   * All entries of a user from the newest, or from below `before`, to the oldest, page by page of `limit`, 1,000. Entries
   * that are made meanwhile are not among them. `timeoutMs` is that of one page. Throws `user_not_found` when no user has
   * this id.
   */
  async *walkEntries(
    userId: number,
    range: EntriesRange = {},
    options: CallOptions = {},
  ): AsyncGenerator<LedgerEntry, void, undefined> {
    let before = range.before;
    do {
      const page = await this.listEntries(userId, { ...range, limit: range.limit ?? WALK_LIMIT, before }, options);
      if (page.kind === 'user_not_found') {
        const facts = { mayBeApplied: false, idempotencyKey: null, attempts: 1 };
        throw new BalanceClientError('user_not_found', `No user has the id ${userId}`, facts);
      }
      yield* page.entries;
      before = page.nextBefore ?? undefined;
    } while (before !== undefined);
  }

  #settle<T>(call: Call<T>, options: CallOptions): Promise<T> {
    requireSoundTimeout(options);
    return settle(this.#settings, call, options);
  }
}

function requireSoundTimeout({ timeoutMs }: CallOptions): void {
  if (timeoutMs !== undefined) requireTimeout(timeoutMs);
}
