import { describe, expect, it } from 'vitest';
import { judgeNewest, judgeUser } from '../../src/verify/judge.ts';
import { joinWalks, type Walk } from '../../src/verify/walk.ts';

function walkOf(change: Partial<Walk>): Walk {
  return {
    userId: '5',
    entries: 2,
    firstVersion: '1',
    lastVersion: '2',
    firstStart: '0',
    lastBalance: '30',
    total: '30',
    hasRepeatedOperation: false,
    gap: null,
    broken: null,
    outOfRange: null,
    malformed: null,
    ...change,
  };
}

const next = walkOf({ firstVersion: '3', lastVersion: '4', firstStart: '30', lastBalance: '50', total: '20' });

describe('two walks over one user', () => {
  it('that meet are one sound walk', () => {
    const joined = joinWalks(walkOf({}), next);
    expect(joined).toMatchObject({
      entries: 4,
      total: '50',
      lastBalance: '50',
      firstStart: '0',
      gap: null,
      broken: null,
    });
    expect(judgeUser({ id: '5', balance: '50', version: '4' }, joined, null)).toEqual([]);
  });

  it('that do not meet have a gap, or a break, at the seam', () => {
    expect(joinWalks(walkOf({}), { ...next, firstVersion: '4' }).gap).toEqual(['4', '2']);
    expect(joinWalks(walkOf({}), { ...next, firstStart: '31' }).broken).toEqual(['3', '30', '31']);
  });

  it('sum up beyond 2^53 without rounding', () => {
    const huge = '9007199254740993';
    expect(joinWalks(walkOf({ total: huge }), walkOf({ total: huge })).total).toBe('18014398509481986');
  });

  it('keep the first fault', () => {
    const before = walkOf({ gap: ['2', '0'], malformed: '2' });
    const joined = joinWalks(before, { ...next, gap: ['4', '2'], malformed: '3', outOfRange: ['4', '-1', '0'] });
    expect(joined).toMatchObject({ gap: ['2', '0'], malformed: '2', outOfRange: ['4', '-1', '0'] });
  });
});

describe('the newest entries of a user', () => {
  const newest = { ...next, firstStart: '30', total: '20' };

  it('need not sum up to the balance, but must end at it', () => {
    expect(judgeNewest({ id: '5', balance: '50', version: '4' }, newest, null)).toEqual([]);
    expect(judgeNewest({ id: '5', balance: '51', version: '4' }, newest, null)).toMatchObject([
      { kind: 'balance_mismatch', userId: '5', version: '4' },
    ]);
    expect(judgeNewest({ id: '5', balance: '50', version: '5' }, newest, null)).toMatchObject([
      { kind: 'version_gap' },
    ]);
  });

  it('are judged as all entries when they are all', () => {
    expect(judgeNewest({ id: '5', balance: '30', version: '2' }, walkOf({ firstStart: '1' }), null)).toMatchObject([
      { kind: 'broken_chain', version: '1' },
    ]);
    expect(judgeNewest({ id: '5', balance: '1', version: '0' }, null, null)).toMatchObject([
      { kind: 'balance_mismatch' },
    ]);
  });
});
