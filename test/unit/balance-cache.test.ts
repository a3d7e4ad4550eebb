import { describe, expect, it } from 'vitest';
import type { Account } from '../../src/domain/decide.ts';
import type { UserId } from '../../src/domain/operation.ts';
import { BalanceCache } from '../../src/owner/balance-cache.ts';

const user = (id: number) => id as UserId;
const account = (balance: number) => ({ balance, version: 1 }) as Account;

describe('BalanceCache', () => {
  it('keeps at most the given number of idle users, and drops the one used longest ago', () => {
    const cache = new BalanceCache(2, () => undefined);
    cache.set(user(1), account(1));
    cache.set(user(2), account(2));
    cache.get(user(1));
    cache.set(user(3), account(3));
    expect([1, 2, 3].map((id) => cache.get(user(id))?.balance)).toEqual([1, undefined, 3]);
  });

  it('keeps a pinned user however many others come, until the last pin is gone', () => {
    const cache = new BalanceCache(1, () => undefined);
    cache.set(user(1), account(1));
    cache.pin(user(1));
    cache.pin(user(1));
    cache.set(user(2), account(2));
    cache.set(user(3), account(3));
    cache.unpin(user(1));
    expect(cache.get(user(1))).toEqual(account(1));
    cache.unpin(user(1));
    cache.set(user(4), account(4));
    expect(cache.get(user(1))).toBeUndefined();
  });

  it('forgets a pinned user that was changed from outside, and tells a load under way by the epoch', () => {
    const cache = new BalanceCache(10, () => undefined);
    cache.pin(user(1));
    cache.set(user(1), account(1));
    const epoch = cache.epochOf(user(1));
    cache.invalidate(user(1));
    expect(cache.get(user(1))).toBeUndefined();
    expect(cache.epochOf(user(1))).not.toBe(epoch);
  });

  it('forgets everybody at once, and moves the epoch of each pinned user', () => {
    const cache = new BalanceCache(10, () => undefined);
    cache.set(user(1), account(1));
    cache.pin(user(2));
    cache.set(user(2), account(2));
    const epoch = cache.epochOf(user(2));
    cache.clear();
    expect([cache.get(user(1)), cache.get(user(2))]).toEqual([undefined, undefined]);
    expect(cache.epochOf(user(2))).not.toBe(epoch);
  });
});
