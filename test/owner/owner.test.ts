import { describe, expect, it, vi } from 'vitest';
import type { Operation } from '../../src/domain/operation.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { Owner, type OwnerOptions } from '../../src/owner/owner.ts';
import { systemClock } from '../../src/time/clock.ts';
import { MemoryLedger } from '../support/memory-ledger.ts';
import { aBalanceQuery, aChange, aCreation, anEntriesQuery } from '../support/operations.ts';
import { silentLog } from '../support/silent-log.ts';
import { TestLease } from '../support/test-lease.ts';

function anOwner(options: Partial<OwnerOptions> = {}) {
  const ledger = new MemoryLedger();
  const lease = new TestLease();
  const owner = new Owner({
    reader: ledger,
    writer: ledger,
    lease,
    clock: systemClock,
    log: silentLog,
    cacheUsersMax: 100,
    pendingPerUserMax: 16_384,
    pendingMax: 65_536,
    ...options,
  });
  const handleAll = (operations: readonly Operation[]) =>
    Promise.all(operations.map((operation) => owner.handle(operation)));
  return { ledger, lease, owner, handleAll };
}

const repeat = <T>(times: number, make: () => T): T[] => Array.from({ length: times }, make);

const count = (outcomes: readonly Outcome[]) => {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) {
    const name = 'code' in outcome ? outcome.code : outcome.kind;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};

/** Lets the ledger answer `apply` only when told. */
function hold(ledger: MemoryLedger): () => void {
  let release = (): void => undefined;
  ledger.gate = new Promise((resolve) => {
    release = resolve;
  });
  return release;
}

describe('an owner', () => {
  it('lets exactly 5,000 of 10,000 simultaneous withdrawals of 2 take 10,000', async () => {
    const { ledger, handleAll } = anOwner();
    const user = ledger.addUser(1, 10_000);
    const outcomes = await handleAll(repeat(10_000, () => aChange(user, -2)));
    expect(count(outcomes)).toEqual({ changed: 5000, insufficient_funds: 5000 });
    expect(ledger.account(user)).toEqual({ balance: 0, version: 5000 });
    expect(ledger.appliedRounds.length).toBeLessThanOrEqual(5);
  });

  it('commits what many users wait for in one round, and loads them in one batch', async () => {
    const { ledger, handleAll } = anOwner();
    const users = repeat(100, () => 0).map((_, index) => ledger.addUser(index + 1, 10));
    const outcomes = await handleAll(users.map((user) => aChange(user, -1)));
    expect(count(outcomes)).toEqual({ changed: 100 });
    expect(ledger.loads).toBe(1);
    expect(ledger.appliedRounds.length).toBe(1);
  });

  it('answers operations of one user in the order they came', async () => {
    const { ledger, handleAll } = anOwner();
    const user = ledger.addUser(1, 0);
    const outcomes = await handleAll([aChange(user, -1), aChange(user, 5), aChange(user, -3), aChange(user, -3)]);
    expect(outcomes).toMatchObject([
      { kind: 'refused', balance: 0, version: 0 },
      { kind: 'changed', balance: 5, version: 1 },
      { kind: 'changed', balance: 2, version: 2 },
      { kind: 'refused', balance: 2, version: 2 },
    ]);
  });

  it('releases a refusal only when the debits it rests on are committed', async () => {
    const { ledger, owner } = anOwner();
    const user = ledger.addUser(1, 2);
    const release = hold(ledger);
    const answered: string[] = [];
    const taken = owner.handle(aChange(user, -2)).then(({ kind }) => answered.push(kind));
    const refused = owner.handle(aChange(user, -2)).then(({ kind }) => answered.push(kind));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(answered).toEqual([]);
    release();
    await Promise.all([taken, refused]);
    expect(answered).toEqual(['changed', 'refused']);
  });

  it('refuses an overdraft of an idle user on the cached balance, without the store', async () => {
    const { ledger, owner } = anOwner();
    const user = ledger.addUser(1, 5);
    await owner.handle(aBalanceQuery(user));
    hold(ledger);
    expect(await owner.handle(aChange(user, -6))).toMatchObject({ kind: 'refused', balance: 5, version: 0 });
    expect(ledger.loads).toBe(1);
  });

  it('says that a user does not exist, and notices when it does', async () => {
    const { ledger, owner } = anOwner();
    expect(await owner.handle(aChange(7, 1))).toEqual({ kind: 'rejected', code: 'user_not_found' });
    expect(await owner.handle(aBalanceQuery(7))).toEqual({ kind: 'rejected', code: 'user_not_found' });
    ledger.addUser(7, 1);
    expect(await owner.handle(aChange(7, 1))).toMatchObject({ kind: 'changed', balance: 2 });
  });

  it('reads the committed balance while a change is in flight, and pages entries up to it', async () => {
    const { ledger, owner } = anOwner();
    const user = ledger.addUser(1, 10);
    await owner.handle(aChange(user, -1));
    const release = hold(ledger);
    const pending = owner.handle(aChange(user, -1));
    await new Promise(setImmediate);
    expect(await owner.handle(aBalanceQuery(user))).toMatchObject({ balance: 9, version: 1 });
    release();
    await pending;
    const page = await owner.handle(anEntriesQuery(user, { limit: 1 }));
    expect(page).toMatchObject({ kind: 'entries', entries: [{ version: 2, balance: 8 }], nextBefore: 2 });
  });
});

describe('an owner, with idempotency keys', () => {
  it('applies one key once, however many requests carry it at the same time and later', async () => {
    const { ledger, owner, handleAll } = anOwner();
    const user = ledger.addUser(1, 100);
    const outcomes = await handleAll(repeat(1000, () => aChange(user, -5, { key: 'order-1' })));
    const [first, ...others] = outcomes;
    expect(first).toMatchObject({ kind: 'changed', balance: 95, version: 1, replayed: false });
    for (const other of others) expect(other).toEqual({ ...first, replayed: true });
    expect(await owner.handle(aChange(user, -5, { key: 'order-1' }))).toEqual({ ...first, replayed: true });
    expect(ledger.account(user)).toEqual({ balance: 95, version: 1 });
  });

  it('refuses a key that was used for another amount, at the same time and later', async () => {
    const { ledger, owner, handleAll } = anOwner();
    const user = ledger.addUser(1, 100);
    const outcomes = await handleAll([aChange(user, -5, { key: 'k' }), aChange(user, -6, { key: 'k' })]);
    expect(count(outcomes)).toEqual({ changed: 1, idempotency_key_reused: 1 });
    expect(await owner.handle(aChange(user, -7, { key: 'k' }))).toMatchObject({ code: 'idempotency_key_reused' });
    expect(ledger.account(user)?.balance).toBe(95);
  });

  it('gives a recorded refusal again, although the money would be there now', async () => {
    const { ledger, owner } = anOwner();
    const user = ledger.addUser(1, 1);
    const first = await owner.handle(aChange(user, -5, { key: 'k' }));
    expect(first).toMatchObject({ kind: 'refused', code: 'insufficient_funds', balance: 1, version: 1 });
    await owner.handle(aChange(user, 100));
    expect(await owner.handle(aChange(user, -5, { key: 'k' }))).toEqual({ ...first, replayed: true });
    expect(ledger.account(user)?.balance).toBe(101);
  });

  it('decides the others of a round in which one key was known', async () => {
    const { ledger, owner, handleAll } = anOwner();
    const user = ledger.addUser(1, 10);
    await owner.handle(aChange(user, -1, { key: 'known' }));
    const outcomes = await handleAll([
      aChange(user, -1),
      aChange(user, -1, { key: 'known' }),
      aChange(user, -1, { key: 'new' }),
    ]);
    expect(outcomes).toMatchObject([
      { kind: 'changed', version: 2 },
      { kind: 'changed', version: 1, replayed: true },
      { kind: 'changed', version: 3 },
    ]);
    expect(ledger.account(user)?.balance).toBe(7);
  });
});

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

  it('applies its round by sending it again when it never arrived', async () => {
    const { ledger, handleAll } = anOwner();
    const user = ledger.addUser(1, 10);
    ledger.applyFaults.push({ failure: 'unknown', applied: false }, { failure: 'unknown', applied: false });
    expect(count(await handleAll(repeat(3, () => aChange(user, -5))))).toEqual({ changed: 2, insufficient_funds: 1 });
    expect(ledger.account(user)).toEqual({ balance: 0, version: 2 });
  });

  it('tries again what was certainly not applied', async () => {
    const { ledger, owner } = anOwner();
    const user = ledger.addUser(1, 10);
    ledger.applyFaults.push({ failure: 'not_applied', applied: false }, { failure: 'not_applied', applied: false });
    expect(await owner.handle(aChange(user, -5))).toMatchObject({ kind: 'changed', balance: 5, version: 1 });
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

describe('an owner, for operations that a peer sends again', () => {
  it('finds an operation that was applied before', async () => {
    const { ledger, owner } = anOwner();
    const user = ledger.addUser(1, 10);
    const change = aChange(user, -1);
    const first = await owner.handle(change);
    expect(await owner.handle({ ...change, isRetry: true })).toEqual(first);
    expect(ledger.account(user)?.version).toBe(1);
  });

  it('applies an operation once when both sendings wait together', async () => {
    const { ledger, owner, handleAll } = anOwner();
    const user = ledger.addUser(1, 10);
    const release = hold(ledger);
    const busy = owner.handle(aChange(user, -1));
    await new Promise(setImmediate);
    const change = aChange(user, -2);
    const both = handleAll([change, { ...change, isRetry: true }]);
    release();
    await busy;
    const [first, second] = await both;
    expect(second).toEqual(first);
    expect(ledger.account(user)).toEqual({ balance: 7, version: 2 });
  });

  it('applies an operation once when it is sent again while it is in flight', async () => {
    const { ledger, owner } = anOwner();
    const user = ledger.addUser(1, 10);
    const release = hold(ledger);
    const change = aChange(user, -2);
    const first = owner.handle(change);
    await vi.waitUntil(() => ledger.loads === 1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    const second = owner.handle({ ...change, isRetry: true });
    release();
    expect(await second).toEqual(await first);
    expect(ledger.account(user)).toEqual({ balance: 8, version: 1 });
  });

  it('applies an operation that never arrived before', async () => {
    const { ledger, owner } = anOwner();
    const user = ledger.addUser(1, 10);
    expect(await owner.handle(aChange(user, -1, { isRetry: true }))).toMatchObject({ kind: 'changed', balance: 9 });
  });

  it('answers a creation that it has done before as done, and one by somebody else as a conflict', async () => {
    const { owner } = anOwner();
    const creation = aCreation(5, 100);
    const first = await owner.handle(creation);
    expect(first).toMatchObject({ kind: 'created', balance: 100, version: 1 });
    expect(await owner.handle({ ...creation, isRetry: true })).toEqual(first);
    expect(await owner.handle(aCreation(5, 100))).toEqual({ kind: 'rejected', code: 'user_exists' });
  });

  it('replays a keyed creation, and refuses its key for another balance', async () => {
    const { owner } = anOwner();
    const first = await owner.handle(aCreation(5, 0, { key: 'new' }));
    expect(first).toMatchObject({ kind: 'created', balance: 0, version: 1, replayed: false });
    expect(await owner.handle(aCreation(5, 0, { key: 'new' }))).toEqual({ ...first, replayed: true });
    expect(await owner.handle(aCreation(5, 9, { key: 'new' }))).toMatchObject({ code: 'idempotency_key_reused' });
  });
});

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
