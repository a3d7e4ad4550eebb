import { describe, expect, it } from 'vitest';
import type { Run } from '../../bench/run.ts';
import { isAllProven, summarize, verdict } from '../../bench/summary.ts';
import { renderTable } from '../../bench/table.ts';

const proven = (side: string, run: number, requestsPerSecond: number): Run => ({
  scenario: 'keep-alive',
  side,
  run,
  result: { kind: 'proven', figures: { wallMs: 1e7 / requestsPerSecond, requestsPerSecond, p50Ms: 1, p99Ms: 2 } },
});
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
    expect(service).toMatchObject({ side: 'this service', ratio: 8 });
    expect(service).toMatchObject({ figures: { requestsPerSecond: { median: 8000, min: 2000, max: 9000 } } });
    expect(usual).toMatchObject({ side: 'usual design', ratio: 1 });
  });

  it('has no ratio without the usual design', () => {
    expect(summarize([proven('this service', 1, 9000)])).toMatchObject([{ ratio: null }]);
  });

  it('has no figure of a side of which one run disagreed, in the table neither', () => {
    const summaries = summarize([...runs, wrong]);
    expect(summaries[0]).toEqual({ kind: 'disagreed', scenario: 'keep-alive', side: 'this service' });
    expect(renderTable(summaries)).toMatch(/this service +disagreed\n/);
    expect(renderTable(summaries)).not.toContain('8,000');
  });

  it('has no ratio to a usual design that disagreed', () => {
    const summaries = summarize([proven('this service', 1, 9000), { ...wrong, side: 'usual design' }]);
    expect(summaries[0]).toMatchObject({ kind: 'proven', ratio: null });
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
