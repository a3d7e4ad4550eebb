import { describe, expect, it } from 'vitest';
import type { Run } from '../../bench/run.ts';
import { isAllProven, summarize, verdict } from '../../bench/summary.ts';
import { renderTable } from '../../bench/table.ts';

const proven = (side: string, run: number, requestsPerSecond: number): Run => ({
  scenario: 'keep-alive',
  side,
  run,
  result: { kind: 'proven', points: [{ at: null, figures: { requestsPerSecond, p99Ms: 2 } }] },
});
const form = { axis: null, columns: { requestsPerSecond: 'requests/s' }, baselines: ['usual design'] } as const;
const wrong: Run = {
  scenario: 'keep-alive',
  side: 'this service',
  run: 2,
  result: { kind: 'disagreed', disagreements: ['final balance: 2, expected 0'] },
};
const runs = [
  proven('this service', 1, 9000),
  proven('usual design', 1, 1000),
  proven('this service', 2, 8000),
  proven('usual design', 2, 900),
  proven('this service', 3, 2000),
  proven('usual design', 3, 1100),
];

describe('the summary of runs', () => {
  it('divides the median of the service by the median of the usual design', () => {
    const [service, usual] = summarize(runs);
    expect(service).toMatchObject({ side: 'this service', ratios: { 'usual design': 8 } });
    expect(service).toMatchObject({ figures: { requestsPerSecond: { median: 8000, min: 2000, max: 9000 } } });
    expect(usual).toMatchObject({ side: 'usual design', ratios: { 'this service': 0.125 } });
  });

  it('has no ratio without the usual design', () => {
    expect(summarize([proven('this service', 1, 9000)])).toMatchObject([{ ratios: {} }]);
  });

  it('has no figure of a side of which one run disagreed, in the table neither', () => {
    const summaries = summarize([...runs, wrong]);
    expect(summaries[0]).toEqual({ kind: 'disagreed', scenario: 'keep-alive', side: 'this service' });
    expect(renderTable(form, summaries)).toMatch(/this service +disagreed\n/);
    expect(renderTable(form, summaries)).not.toContain('8,000');
  });

  it('has no ratio to a usual design that disagreed', () => {
    const summaries = summarize([proven('this service', 1, 9000), { ...wrong, side: 'usual design' }]);
    expect(summaries[0]).toMatchObject({ kind: 'proven', ratios: {} });
  });
});

describe('a scenario with an axis', () => {
  const grown = (side: string, perSecond: readonly number[]): Run => ({
    scenario: 'growth',
    side,
    run: 1,
    result: {
      kind: 'proven',
      points: perSecond.map((requestsPerSecond, index) => ({ at: 10 ** index, figures: { requestsPerSecond } })),
    },
  });
  const summaries = summarize([grown('this service', [900, 600]), grown('usual design', [300, 100])]);

  it('has one summary for each place, and ratios between the same places only', () => {
    expect(summaries).toMatchObject([
      { side: 'this service', at: 1, ratios: { 'usual design': 3 } },
      { side: 'this service', at: 10, ratios: { 'usual design': 6 } },
      { side: 'usual design', at: 1 },
      { side: 'usual design', at: 10 },
    ]);
  });

  it('shows the place in its table', () => {
    expect(renderTable({ ...form, axis: 'users' }, summaries)).toBe(
      [
        '                users  requests/s  x usual design',
        '  this service      1         900            3.00',
        '  this service     10         600            6.00',
        '  usual design      1         300',
        '  usual design     10         100',
        '',
      ].join('\n'),
    );
  });
});

describe('the verdict', () => {
  it('tells the ratio when everything was proven', () => {
    expect(isAllProven(runs)).toBe(true);
    expect(verdict(runs, summarize(runs))).toBe(
      'All 6 runs agreed with the answers expected and with the database. ' +
        'This service: 8.0 times the requests per second of the usual design (keep-alive).',
    );
  });

  it('tells who disagreed, and no ratio', () => {
    const all = [...runs, wrong];
    expect(isAllProven(all)).toBe(false);
    expect(verdict(all, summarize(all))).toBe(
      'FAILED: 1 of 7 runs disagreed with what was expected: this service in keep-alive.',
    );
  });

  it('is not in favour of no runs at all', () => {
    expect(isAllProven([])).toBe(false);
  });
});
