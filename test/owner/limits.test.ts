import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/time/clock.ts';
import { aBalanceQuery, aChange } from '../support/operations.ts';
import { anOwner, count, hold, repeat } from '../support/owner.ts';

describe('an owner, at its limits', () => {
  it('answers what waits at its deadline as not applied, and what is in flight as unknown', async () => {
    const { ledger, owner } = anOwner();
    const user = ledger.addUser(1, 10);
    const release = hold(ledger);
    const inFlight = owner.handle(aChange(user, -1, { timeoutMs: 150 }));
    await vi.waitUntil(() => ledger.loads === 1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    const waiting = owner.handle(aChange(user, -1, { timeoutMs: 100 }));
    expect(await waiting).toEqual({ kind: 'failed', code: 'overloaded' });
    expect(await inFlight).toEqual({ kind: 'failed', code: 'outcome_unknown' });
    release();
    expect(await owner.handle(aChange(user, -1))).toMatchObject({ kind: 'changed', balance: 8, version: 2 });
  });

  it('bounds what waits for one user and what waits in all', async () => {
    const { ledger, owner, handleAll } = anOwner({ pendingPerUserMax: 10, pendingMax: 15 });
    const [a, b] = [ledger.addUser(1, 1000), ledger.addUser(2, 1000)];
    const release = hold(ledger);
    const all = handleAll([...repeat(12, () => aChange(a, -1)), ...repeat(6, () => aChange(b, -1))]);
    release();
    expect(count(await all)).toEqual({ changed: 15, overloaded: 3 });
    expect(await owner.handle(aBalanceQuery(a))).toMatchObject({ balance: 990 });
  });

  it('answers nothing from memory without its lease, and goes on when it is back', async () => {
    const { ledger, lease, owner } = anOwner();
    const user = ledger.addUser(1, 10);
    await owner.handle(aBalanceQuery(user));
    lease.lose();
    ledger.changeFromOutside(user, 90);
    const refused = owner.handle(aChange(user, -200));
    const read = owner.handle(aBalanceQuery(user));
    lease.regain();
    expect(await refused).toMatchObject({ kind: 'refused', balance: 100, version: 1 });
    expect(await read).toMatchObject({ balance: 100, version: 1 });
  });

  it('is not ready at the deadline when it has no lease, and at once when another launcher has it', async () => {
    const { ledger, lease, owner } = anOwner();
    const user = ledger.addUser(1, 10);
    lease.lose();
    expect(await owner.handle(aChange(user, -1, { timeoutMs: 50 }))).toEqual({ kind: 'failed', code: 'not_ready' });
    lease.lose({ toAnother: true });
    const startedMs = systemClock.now();
    expect(await owner.handle(aChange(user, -1))).toEqual({ kind: 'failed', code: 'not_ready' });
    expect(systemClock.now() - startedMs).toBeLessThan(1000);
  });

  it('works with a cache of one user', async () => {
    const { ledger, handleAll } = anOwner({ cacheUsersMax: 1 });
    const users = [1, 2, 3, 4].map((id) => ledger.addUser(id, 100));
    const outcomes = await handleAll(repeat(50, () => users.map((user) => aChange(user, -2))).flat());
    expect(count(outcomes)).toEqual({ changed: 200 });
    expect(users.map((user) => ledger.account(user)?.balance)).toEqual([0, 0, 0, 0]);
  });

  it('answers everything by the deadline of a drain', async () => {
    const { ledger, owner } = anOwner();
    const user = ledger.addUser(1, 10);
    hold(ledger);
    const open = owner.handle(aChange(user, -1));
    owner.cutDeadlinesTo(systemClock.now() + 50);
    await owner.whenIdle();
    expect(await open).toMatchObject({ kind: 'failed' });
  });
});
