import { describe, expect, it } from 'vitest';
import { aChange } from '../support/operations.ts';
import { anOwner, count, repeat } from '../support/owner.ts';

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
