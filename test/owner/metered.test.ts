import { describe, expect, it, vi } from 'vitest';
import { readHistogram, sumOf } from '../../src/observability/count-readings.ts';
import { COUNTED } from '../../src/observability/metric-definitions.ts';
import { WorkerMeter } from '../../src/observability/worker-meter.ts';
import type { OwnerOptions } from '../../src/owner/owner.ts';
import { aBalanceQuery, aChange, anEntriesQuery } from '../support/operations.ts';
import { anOwner, hold, repeat } from '../support/owner.ts';

function metered(options: Partial<OwnerOptions> = {}) {
  const meter = new WorkerMeter();
  const counted = (metric: 'rounds' | 'guardMisses' | 'cacheLookups' | 'cacheEvictions' | 'shed', labels = {}) =>
    sumOf(meter.counts, COUNTED[metric], labels);
  return { meter, counted, ...anOwner({ meter, ...options }) };
}

describe('an owner that is counted', () => {
  it('tells of its rounds: how many, of how many users and entries', async () => {
    const { ledger, handleAll, counted, meter } = metered();
    const [a, b] = [ledger.addUser(1, 100), ledger.addUser(2, 100)];
    await handleAll([...repeat(10, () => aChange(a, -1)), aChange(b, -1), aChange(b, -1000)]);
    expect(counted('rounds')).toBe(ledger.appliedRounds.length);
    expect(counted('rounds', { result: 'applied' })).toBe(ledger.appliedRounds.length);
    const changes = ledger.appliedRounds.flat();
    expect(readHistogram(meter.counts, COUNTED.roundUsers).sum).toBe(changes.length);
    expect(readHistogram(meter.counts, COUNTED.roundEntries).sum).toBe(11);
    expect(readHistogram(meter.counts, COUNTED.roundDuration).count).toBe(ledger.appliedRounds.length);
  });

  it('tells hits from misses, loads and evictions', async () => {
    const { ledger, owner, counted, meter } = metered({ cacheUsersMax: 1 });
    const [a, b] = [ledger.addUser(1, 100), ledger.addUser(2, 100)];
    await owner.handle(aBalanceQuery(a));
    expect([counted('cacheLookups', { result: 'hit' }), counted('cacheLookups', { result: 'miss' })]).toEqual([0, 1]);
    await owner.handle(aBalanceQuery(a));
    await owner.handle(aChange(a, -1));
    await owner.handle(aChange(a, -1000));
    await owner.handle(anEntriesQuery(a));
    expect([counted('cacheLookups', { result: 'hit' }), counted('cacheLookups', { result: 'miss' })]).toEqual([4, 1]);
    expect(counted('cacheEvictions')).toBe(0);
    await owner.handle(aChange(b, -1));
    // A user in use is let go of after the answer.
    await vi.waitUntil(() => counted('cacheEvictions') === 1);
    expect(sumOf(meter.counts, COUNTED.loadedAccounts)).toBe(2);
    expect(readHistogram(meter.counts, COUNTED.loadDuration).count).toBe(ledger.loads);
  });

  it('tells what its guard has missed, and why, and what was sent again', async () => {
    const { ledger, owner, counted } = metered();
    const user = ledger.addUser(1, 100);
    await owner.handle(aChange(user, -1, { key: 'k' }));
    ledger.changeFromOutside(user, 5);
    await owner.handle(aChange(user, -1));
    expect(counted('guardMisses', { cause: 'moved' })).toBe(1);
    await owner.handle(aChange(user, -1, { key: 'k' }));
    expect(counted('guardMisses', { cause: 'known_keys' })).toBe(1);
    ledger.applyFaults.push({ failure: 'unknown', applied: true });
    await owner.handle(aChange(user, -1));
    expect(counted('rounds', { result: 'unknown' })).toBe(1);
    expect(counted('guardMisses', { cause: 'applied' })).toBe(1);
  });

  it('tells whom it turned away, and why', async () => {
    const { ledger, handleAll, owner, counted } = metered({ pendingPerUserMax: 10, pendingMax: 15 });
    const [a, b] = [ledger.addUser(1, 1000), ledger.addUser(2, 1000)];
    const release = hold(ledger);
    const all = handleAll([...repeat(12, () => aChange(a, -1)), ...repeat(6, () => aChange(b, -1))]);
    expect(counted('shed', { reason: 'user_queue' })).toBe(2);
    expect(counted('shed', { reason: 'worker_queue' })).toBe(1);
    expect(owner.readLoad()).toMatchObject({ openOperations: 15, openUsers: 2 });
    release();
    await all;
    const again = hold(ledger);
    const inFlight = owner.handle(aChange(a, -1));
    await new Promise((resolve) => setTimeout(resolve, 10));
    await owner.handle(aChange(a, -1, { timeoutMs: 50 }));
    expect(counted('shed', { reason: 'expired' })).toBe(1);
    again();
    await inFlight;
    expect(counted('shed')).toBe(4);
    await vi.waitUntil(() => owner.readLoad().openUsers === 0);
    expect(owner.readLoad()).toEqual({ openOperations: 0, openUsers: 0, cachedUsers: 2 });
  });

  it('names the user who is hit most, refusals included', async () => {
    const { ledger, handleAll, meter } = metered();
    const [hot, other] = [ledger.addUser(1, 50), ledger.addUser(2, 100)];
    await handleAll([...repeat(200, () => aChange(hot, -1)), ...repeat(20, () => aChange(other, -1))]);
    expect(meter.hotUsers.take(2)).toEqual([
      { userId: 1, operations: 200 },
      { userId: 2, operations: 20 },
    ]);
  });
});
