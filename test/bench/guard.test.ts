import { describe, expect, it } from 'vitest';
import { compare, sharesOf } from '../../bench/check/guard.ts';
import type { SideSummary } from '../../bench/summary.ts';

const proven = (scenario: string, side: string, ratios: Record<string, number>): SideSummary => ({
  kind: 'proven',
  scenario,
  side,
  at: null,
  figures: {},
  ratios,
});

describe('the guard against a fall of the speed', () => {
  it('reads the shares of one side against another', () => {
    const summaries: SideSummary[] = [
      proven('hot-user', 'ours', { noop: 0.7, usual: 9 }),
      proven('hot-user', 'noop', { ours: 1.4 }),
      { kind: 'disagreed', scenario: 'refusals', side: 'ours' },
    ];
    expect(sharesOf(summaries, 'ours', 'noop')).toEqual({ 'hot-user': 0.7 });
  });

  it('lets a share fall by a quarter and no further', () => {
    const fallen = (now: number) => compare({ 'hot-user': 0.8 }, { 'hot-user': now }).map(({ isFallen }) => isFallen);
    expect(fallen(0.9)).toEqual([false]);
    expect(fallen(0.61)).toEqual([false]);
    expect(fallen(0.59)).toEqual([true]);
  });

  it('takes a share that was not measured for fallen', () => {
    expect(compare({ refusals: 0.8 }, {})).toEqual([{ scenario: 'refusals', before: 0.8, now: null, isFallen: true }]);
  });
});
