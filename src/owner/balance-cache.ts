import { LRUCache } from 'lru-cache';
import type { Account } from '../domain/decide.ts';
import type { UserId } from '../domain/operation.ts';

/** A user in use: its account is kept, whatever the bound says, until the last user of it unpins. */
interface Pinned {
  account: Account | undefined;
  pins: number;
  /** Moves with every invalidation, so that a load under way can tell that what it brings is stale. */
  epoch: number;
}

/**
 * The committed accounts this worker has seen last, written through after every commit.
 *
 * Idle accounts live in a bounded LRU. The account of a user with work in flight is pinned, and lives outside it; what
 * the LRU still has of that user is not looked at, and replaced when the last pin is gone.
 */
export class BalanceCache {
  readonly #idle: LRUCache<UserId, Account>;
  readonly #pinned = new Map<UserId, Pinned>();
  readonly #ensureSound: () => void;

  /**
   * `usersMax`: idle accounts kept. `ensureSound` is called before any account is given out, and clears this cache when
   * changes from outside may have gone unheard. `onEvicted` is called for every account that has to make room.
   */
  constructor(usersMax: number, ensureSound: () => void, onEvicted?: () => void) {
    // With `max` it would allocate all places at once, tens of MB and a quarter of a second; counting sizes, it grows.
    this.#ensureSound = ensureSound;
    const bound = { maxSize: usersMax, sizeCalculation: () => 1 };
    this.#idle = new LRUCache(
      onEvicted === undefined
        ? bound
        : { ...bound, dispose: (_account, _userId, reason) => (reason === 'evict' ? onEvicted() : undefined) },
    );
  }

  /** Accounts in memory; one in use can be counted twice. */
  get size(): number {
    return this.#idle.size + this.#pinned.size;
  }

  get(userId: UserId): Account | undefined {
    this.#ensureSound();
    const pinned = this.#pinned.get(userId);
    return pinned === undefined ? this.#idle.get(userId) : pinned.account;
  }

  set(userId: UserId, account: Account): void {
    const pinned = this.#pinned.get(userId);
    if (pinned === undefined) this.#idle.set(userId, account);
    else pinned.account = account;
  }

  /** The epoch of a pinned user. */
  epochOf(userId: UserId): number | undefined {
    return this.#pinned.get(userId)?.epoch;
  }

  pin(userId: UserId): void {
    const pinned = this.#pinned.get(userId);
    if (pinned !== undefined) {
      pinned.pins += 1;
      return;
    }
    this.#pinned.set(userId, { account: this.#idle.get(userId), pins: 1, epoch: 0 });
  }

  unpin(userId: UserId): void {
    const pinned = this.#pinned.get(userId);
    if (pinned === undefined) return;
    pinned.pins -= 1;
    if (pinned.pins > 0) return;
    this.#pinned.delete(userId);
    if (pinned.account === undefined) this.#idle.delete(userId);
    else this.#idle.set(userId, pinned.account);
  }

  /** Forgets one user: somebody else has changed the balance. */
  invalidate(userId: UserId): void {
    this.#idle.delete(userId);
    const pinned = this.#pinned.get(userId);
    if (pinned !== undefined) forget(pinned);
  }

  /** Forgets everybody: the lease was lost. */
  clear(): void {
    this.#idle.clear();
    for (const pinned of this.#pinned.values()) forget(pinned);
  }
}

function forget(pinned: Pinned): void {
  pinned.account = undefined;
  pinned.epoch += 1;
}
