import { describe, expect, it, vi } from 'vitest';
import { aChange, aCreation } from '../support/operations.ts';
import { anOwner, hold } from '../support/owner.ts';

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

  it('does not say that nothing was applied when it could not look', async () => {
    const { ledger, lease, owner } = anOwner();
    const user = ledger.addUser(1, 10);
    lease.lose();
    const retry = aChange(user, -1, { isRetry: true, timeoutMs: 30 });
    expect(await owner.handle(retry)).toEqual({ kind: 'failed', code: 'outcome_unknown' });
    expect(await owner.handle(aChange(user, -1, { timeoutMs: 30 }))).toEqual({ kind: 'failed', code: 'not_ready' });
    lease.lose({ toAnother: true });
    expect(await owner.handle(retry)).toEqual({ kind: 'failed', code: 'outcome_unknown' });
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
