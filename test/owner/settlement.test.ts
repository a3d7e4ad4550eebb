import { describe, expect, it } from 'vitest';
import type { UserChange } from '../../src/store/ledger.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { systemClock } from '../../src/time/clock.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryLedger } from '../support/memory-ledger.ts';
import { aBalanceQuery, aChange } from '../support/operations.ts';
import { anOwner, count, repeat } from '../support/owner.ts';

describe('an owner, when the ledger says otherwise', () => {
  it('decides again after an outside change, in both directions', async () => {
    const { ledger, owner } = anOwner();
    const user = ledger.addUser(1, 10);
    await owner.handle(aChange(user, -1));
    ledger.changeFromOutside(user, -9);
    expect(await owner.handle(aChange(user, -1))).toMatchObject({ kind: 'refused', balance: 0, version: 2 });
    ledger.changeFromOutside(user, 50);
    owner.invalidate(user);
    expect(await owner.handle(aChange(user, -50))).toMatchObject({ kind: 'changed', balance: 0, version: 4 });
  });

  it('does not remember its own change when word of a later outside change overtakes the answer', async () => {
    const { ledger, owner } = anOwner();
    const user = ledger.addUser(1, 10);
    ledger.onApplied = () => {
      ledger.onApplied = () => undefined;
      ledger.changeFromOutside(user, 100);
      owner.invalidate(user);
    };
    expect(await owner.handle(aChange(user, -10))).toMatchObject({ kind: 'changed', balance: 0 });
    expect(await owner.handle(aBalanceQuery(user))).toMatchObject({ balance: 100, version: 2 });
  });

  it('finds its own round in the ledger when the answer was lost', async () => {
    const { ledger, handleAll } = anOwner();
    const user = ledger.addUser(1, 10);
    ledger.applyFaults.push({ failure: 'unknown', applied: true });
    const outcomes = await handleAll(repeat(3, () => aChange(user, -5)));
    expect(count(outcomes)).toEqual({ changed: 2, insufficient_funds: 1 });
    expect(ledger.account(user)).toEqual({ balance: 0, version: 2 });
    expect(ledger.confirmations).toBe(1);
  });

  it('does not say done of what it found by reading and could not make durable in time', async () => {
    const clock = new ManualClock();
    const { ledger, owner } = anOwner({ clock });
    const user = ledger.addUser(1, 10);
    ledger.applyFaults.push({ failure: 'unknown', applied: true });
    let asked = 0;
    ledger.confirmDurable = () => {
      asked += 1;
      return Promise.reject(new StoreError('not_applied', 'the lease is not held'));
    };
    const outcome = owner.handle({ ...aChange(user, -5), deadlineMs: 500 });
    for (let turn = 0; turn < 600; turn += 1) {
      clock.advance(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await outcome).toEqual({ kind: 'failed', code: 'outcome_unknown' });
    expect(asked).toBeGreaterThan(5);
  });

  it('applies its round by sending it again when it never arrived', async () => {
    const { ledger, handleAll } = anOwner();
    const user = ledger.addUser(1, 10);
    ledger.applyFaults.push({ failure: 'unknown', applied: false }, { failure: 'unknown', applied: false });
    expect(count(await handleAll(repeat(3, () => aChange(user, -5))))).toEqual({ changed: 2, insufficient_funds: 1 });
    expect(ledger.account(user)).toEqual({ balance: 0, version: 2 });
  });

  it.each(['not_applied', 'locked'] as const)(
    'does not apply its round twice when sending it again fails as %s',
    async (failure) => {
      const { ledger, handleAll } = anOwner();
      const user = ledger.addUser(1, 100);
      ledger.applyFaults.push({ failure: 'unknown', applied: true });
      ledger.applyFaults.push({ failure, applied: false }, { failure, applied: false });
      expect(count(await handleAll(repeat(3, () => aChange(user, -5))))).toEqual({ changed: 3 });
      expect(ledger.account(user)).toEqual({ balance: 85, version: 3 });
    },
  );

  it('tries again what was certainly not applied', async () => {
    const { ledger, owner } = anOwner();
    const user = ledger.addUser(1, 10);
    ledger.applyFaults.push({ failure: 'not_applied', applied: false }, { failure: 'not_applied', applied: false });
    expect(await owner.handle(aChange(user, -5))).toMatchObject({ kind: 'changed', balance: 5, version: 1 });
  });

  it('makes nobody wait after a change was rejected for an outage that is over', async () => {
    const { ledger, owner } = anOwner();
    const user = ledger.addUser(1, 100);
    const away = repeat(7, () => ({ failure: 'not_applied', applied: false }) as const);
    ledger.applyFaults.push(...away, { failure: 'rejected', applied: false });
    expect(await owner.handle(aChange(user, -1))).toEqual({ kind: 'failed', code: 'internal' });
    ledger.applyFaults.push({ failure: 'rejected', applied: false });
    const rejected = owner.handle(aChange(user, -1));
    await rejected;
    const startedMs = systemClock.now();
    expect(await owner.handle(aChange(user, -1))).toMatchObject({ kind: 'changed' });
    expect(systemClock.now() - startedMs).toBeLessThan(200);
  });

  it('answers every other change of a user whose one change is rejected', async () => {
    const ledger = new MemoryLedger();
    const culprit = aChange(1, -3);
    const writer = Object.create(ledger, {
      apply: {
        value: async (round: readonly UserChange[], options: { readonly skipLocked: boolean }) => {
          const isSent = round.some((change) => change.entries.some((entry) => entry.operationId === culprit.id));
          if (isSent) throw new StoreError('rejected', 'planned', '22003');
          return ledger.apply(round, options);
        },
      },
    }) as MemoryLedger;
    const { handleAll } = anOwner({ reader: ledger, writer });
    const user = ledger.addUser(1, 100);
    const before = repeat(5, () => aChange(user, -1));
    const outcomes = await handleAll([...before, culprit, ...repeat(7, () => aChange(user, -1))]);
    expect(count(outcomes)).toEqual({ changed: 12, internal: 1 });
    expect(outcomes[5]).toEqual({ kind: 'failed', code: 'internal' });
    expect(ledger.account(user)).toEqual({ balance: 88, version: 12 });
  });

  it('gives the one change whose data is rejected an internal failure, and applies the others', async () => {
    const { ledger, handleAll } = anOwner();
    const users = [1, 2, 3].map((id) => ledger.addUser(id, 10));
    // The round of three, then its first two, then the first alone.
    for (let sent = 0; sent < 3; sent += 1) ledger.applyFaults.push({ failure: 'rejected', applied: false });
    const outcomes = await handleAll(users.map((user) => aChange(user, -1)));
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['failed', 'changed', 'changed']);
    expect(users.map((user) => ledger.account(user)?.balance)).toEqual([10, 9, 9]);
  });

  it('lets only the user wait whose row is locked, and 503 it at its deadline', async () => {
    const { ledger, owner } = anOwner();
    const [held, free] = [ledger.addUser(1, 10), ledger.addUser(2, 10)];
    ledger.lockedUsers.add(held);
    const waiting = owner.handle(aChange(held, -1, { timeoutMs: 300 }));
    const going = await Promise.all(repeat(5, () => owner.handle(aChange(free, -1))));
    expect(count(going)).toEqual({ changed: 5 });
    expect(await waiting).toEqual({ kind: 'failed', code: 'overloaded' });
    ledger.lockedUsers.clear();
    expect(await owner.handle(aChange(held, -1))).toMatchObject({ kind: 'changed', balance: 9, version: 1 });
  });

  it('goes on with a locked user when the lock is gone', async () => {
    const { ledger, owner } = anOwner();
    const user = ledger.addUser(1, 10);
    ledger.lockedUsers.add(user);
    const waiting = owner.handle(aChange(user, -1));
    setTimeout(() => ledger.lockedUsers.clear(), 100);
    expect(await waiting).toMatchObject({ kind: 'changed', balance: 9 });
  });
});
