import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Account, decide } from '../../src/domain/decide.ts';
import { type Balance, type Change, INTEGER_MAX, type Version } from '../../src/domain/operation.ts';
import { aChange } from '../support/operations.ts';

const anAccount = (balance: number, version = 0): Account => ({
  balance: balance as Balance,
  version: version as Version,
});

describe('decide', () => {
  it('accepts withdrawals until the money is gone and refuses the rest', () => {
    const changes = Array.from({ length: 10 }, () => aChange(1, -2));
    const { decisions, entries, next } = decide(anAccount(10, 7), changes);
    expect(decisions.map((decision) => decision.kind)).toEqual([
      ...Array(5).fill('accepted'),
      ...Array(5).fill('refused'),
    ]);
    expect(entries.map((entry) => [entry.version, entry.amount, entry.balance])).toEqual([
      [8, -2, 8],
      [9, -2, 6],
      [10, -2, 4],
      [11, -2, 2],
      [12, -2, 0],
    ]);
    expect(next).toEqual({ balance: 0, version: 12 });
  });

  it('names the account that a refusal rests on, debits before it included', () => {
    const { decisions } = decide(anAccount(3, 1), [aChange(1, -2), aChange(1, -2)]);
    expect(decisions[1]).toEqual({
      kind: 'refused',
      code: 'insufficient_funds',
      account: { balance: 1, version: 2 },
      entry: null,
    });
  });

  it('refuses a deposit that would go beyond the largest balance, and takes one that reaches it', () => {
    const full = decide(anAccount(INTEGER_MAX - 1), [aChange(1, 2), aChange(1, 1)]);
    expect(full.decisions.map((decision) => decision.kind)).toEqual(['refused', 'accepted']);
    expect(full.decisions[0]).toMatchObject({ code: 'balance_limit_exceeded' });
    expect(full.next.balance).toBe(INTEGER_MAX);
  });

  it('refuses the largest withdrawal from an empty account without rounding', () => {
    const { decisions } = decide(anAccount(INTEGER_MAX - 1), [aChange(1, -INTEGER_MAX)]);
    expect(decisions[0]).toMatchObject({ kind: 'refused', code: 'insufficient_funds' });
  });

  it('records the refusal of a keyed change as an entry of amount 0', () => {
    const change = aChange(1, -5, { key: 'order-1' });
    const { decisions, entries, next } = decide(anAccount(3, 1), [change]);
    expect(entries).toEqual([
      {
        version: 2,
        amount: 0,
        balance: 3,
        operationId: change.id,
        idempotencyKey: 'order-1',
        refusal: { code: 'insufficient_funds', requested: -5 },
      },
    ]);
    expect(decisions[0]).toMatchObject({ kind: 'refused', account: { balance: 3, version: 2 } });
    expect(next).toEqual({ balance: 3, version: 2 });
  });

  it('decides one key once, and refuses it for another amount', () => {
    const changes = [aChange(1, -2, { key: 'a' }), aChange(1, -2, { key: 'a' }), aChange(1, -3, { key: 'a' })];
    const { decisions, next } = decide(anAccount(10), changes);
    expect(decisions.map((decision) => decision.kind)).toEqual(['accepted', 'duplicate', 'key_reused']);
    expect(next.balance).toBe(8);
  });

  it('decides one operation once when a peer sends it again', () => {
    const first = aChange(1, -2);
    const { decisions, next } = decide(anAccount(10), [first, { ...first, isRetry: true }]);
    expect(decisions).toMatchObject([{ kind: 'accepted' }, { kind: 'duplicate', of: 0 }]);
    expect(next.balance).toBe(8);
  });
});

describe('decide, for any account and any changes', () => {
  const account = fc
    .record({ balance: fc.nat(1000), version: fc.nat(1000) })
    .map(({ balance, version }) => anAccount(balance, version));
  const amount = fc.oneof(
    fc.integer({ min: -300, max: 300 }).filter((value) => value !== 0),
    fc.constantFrom(INTEGER_MAX, -INTEGER_MAX, INTEGER_MAX - 1),
  );
  const change = fc
    .record({ amount, key: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: null }) })
    .map(({ amount, key }) => aChange(1, amount, key === null ? {} : { key }));
  const changes = fc.array(change, { maxLength: 40 });

  it('never leaves the range of balances, and chains versions and balances without a gap', () => {
    fc.assert(
      fc.property(account, changes, (start, batch) => {
        const { entries, next } = decide(start, batch);
        let before = start;
        for (const entry of entries) {
          expect(entry.version).toBe(before.version + 1);
          expect(BigInt(entry.balance)).toBe(BigInt(before.balance) + BigInt(entry.amount));
          expect(entry.balance).toBeGreaterThanOrEqual(0);
          expect(entry.balance).toBeLessThanOrEqual(INTEGER_MAX);
          before = entry;
        }
        expect(next).toEqual({ balance: before.balance, version: before.version });
      }),
    );
  });

  it('decides as one change at a time would, on exact numbers', () => {
    fc.assert(
      fc.property(account, changes, (start, batch) => {
        const { decisions } = decide(start, batch);
        expect(decisions.map((decision) => decision.kind)).toEqual(oneByOne(start, batch));
      }),
    );
  });
});

/** The specification, written another way: one change at a time, in arbitrary precision. */
function oneByOne(start: Account, batch: readonly Change[]): readonly string[] {
  let balance = BigInt(start.balance);
  const amounts = new Map<string, number>();
  return batch.map(({ amount, idempotencyKey }) => {
    const earlier = idempotencyKey === null ? undefined : amounts.get(idempotencyKey);
    if (earlier !== undefined) return earlier === amount ? 'duplicate' : 'key_reused';
    if (idempotencyKey !== null) amounts.set(idempotencyKey, amount);
    const sum = balance + BigInt(amount);
    if (sum < 0n || sum > BigInt(INTEGER_MAX)) return 'refused';
    balance = sum;
    return 'accepted';
  });
}
