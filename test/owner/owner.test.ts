import { describe, expect, it } from 'vitest';
import { aBalanceQuery, aChange, anEntriesQuery } from '../support/operations.ts';
import { anOwner, count, hold, repeat } from '../support/owner.ts';

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
