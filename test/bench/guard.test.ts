import { describe, expect, it } from 'vitest';
import { compare, sharesOf } from '../../bench/check/guard.ts';
import type { SideSummary } from '../../bench/summary.ts';

const proven = (scenario: string, side: string, costUs: number): SideSummary => ({
  kind: 'proven',
  scenario,
  side,
  at: null,
  figures: { cpuUsPerOperation: { median: costUs, min: costUs, max: costUs } },
  ratios: {},
});

describe('the guard against a fall of the speed', () => {
  it('divides what one side costs by what another does', () => {
    const summaries: SideSummary[] = [
      proven('hot-user', 'ours', 40),
      proven('hot-user', 'noop', 20),
      proven('hot-user', 'usual', 400),
      { kind: 'disagreed', scenario: 'refusals', side: 'ours' },
      proven('refusals', 'noop', 20),
    ];
    expect(sharesOf(summaries, 'ours', 'noop')).toEqual({ 'hot-user': 0.5 });
  });

  it('has no share where the system does not tell processor times', () => {
    const summaries = [proven('hot-user', 'ours', Number.NaN), proven('hot-user', 'noop', Number.NaN)];
    expect(sharesOf(summaries, 'ours', 'noop')).toEqual({});
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
