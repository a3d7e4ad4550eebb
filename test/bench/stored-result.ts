import type { StoredResult } from '../../bench/result-file.ts';
import type { Run } from '../../bench/run.ts';
import type { Point } from '../../bench/scenarios/scenario.ts';
import { summarize } from '../../bench/summary.ts';

export function run(scenario: string, side: string, points: readonly Point[], number = 1): Run {
  return { scenario, side, run: number, result: { kind: 'proven', points } };
}

export const disagreed = (scenario: string, side: string, line: string, number = 2): Run => ({
  scenario,
  side,
  run: number,
  result: { kind: 'disagreed', disagreements: [line] },
});

export const timed = (requestsPerSecond: number, p50Ms: number): readonly Point[] => [
  { at: null, figures: { requestsPerSecond, p50Ms, p90Ms: 2 * p50Ms, p99Ms: 3 * p50Ms, maxMs: 9 * p50Ms } },
];

const grown = (figures: readonly (readonly [at: number, requestsPerSecond: number, cpu: number])[]): readonly Point[] =>
  figures.map(([at, requestsPerSecond, cpuUsPerOperation]) => ({
    at,
    figures: { requestsPerSecond, p50Ms: at + 0.5, p99Ms: at + 7, cpuUsPerOperation },
  }));

export const RUNS: readonly Run[] = [
  run('hot-user', 'this service', timed(8123, 7.11)),
  run('hot-user', 'usual design', timed(1357, 43.2)),
  run('hot-user', 'node-http-noop', timed(16_246, 3.21)),
  run('batch', 'this service', [
    { at: null, figures: { requestsPerSecond: 432, changesPerSecond: 43_210, p50Ms: 91, p99Ms: 234 } },
  ]),
  run('batch', 'usual design', [
    { at: null, figures: { requestsPerSecond: 1321, changesPerSecond: 1321, p50Ms: 48, p99Ms: 77 } },
  ]),
  run('core-hot', 'in process', [{ at: null, figures: { changesPerSecond: 61_234 } }]),
  run('core-hot', 'pgbench', [{ at: null, figures: { changesPerSecond: 1567 } }]),
  run(
    'growth-workers',
    'this service',
    grown([
      [1, 5012, 131],
      [2, 7518, 143],
    ]),
  ),
];

/** A result as a file has it, of these runs. */
export function storedResult(runs: readonly Run[] = RUNS, more: Partial<StoredResult> = {}): StoredResult {
  const result: StoredResult = {
    form: 'highload-user-balance bench 2',
    measuredAt: '2026-11-22T21:23:18.362Z',
    machine: { cores: 2, cpu: 'Some CPU', memoryBytes: 8 * 2 ** 30, platform: 'linux x64 6.1', node: 'v20.19.0' },
    sides: [{ name: 'this service', note: null, proof: 'Everything.' }],
    options: {
      ...{
        runs: 1,
        workers: 1,
        connections: undefined,
        durationMs: 2000,
        withdrawals: 10_000,
        scenarios: [],
        sides: [],
      },
      ...{ isQuick: false, isFull: false, isWithPeers: true },
    },
    postgres: { version: '18.4', fsync: 'on', synchronousCommit: 'on', fullPageWrites: 'on' },
    note: null,
    scenarios: [
      {
        name: 'hot-user',
        description: 'withdrawals from one user',
        axis: null,
        columns: { requestsPerSecond: 'requests/s', p50Ms: 'p50 ms', p99Ms: 'p99 ms' },
        baselines: ['usual design', 'node-http-noop'],
        sides: ['this service', 'usual design', 'node-http-noop'],
      },
      {
        name: 'batch',
        description: 'many in one request',
        axis: null,
        columns: { changesPerSecond: 'changes/s', requestsPerSecond: 'requests/s' },
        baselines: ['usual design'],
        sides: ['this service', 'usual design'],
      },
      {
        name: 'core-hot',
        description: 'without HTTP',
        axis: null,
        columns: { changesPerSecond: 'changes/s' },
        baselines: ['pgbench'],
        sides: ['in process', 'pgbench'],
      },
      {
        name: 'growth-workers',
        description: 'ever more workers',
        axis: 'workers',
        columns: { requestsPerSecond: 'requests/s', p99Ms: 'p99 ms', cpuUsPerOperation: 'CPU us per operation' },
        baselines: [],
        sides: ['this service'],
      },
    ],
    absences: [],
    runs,
    summaries: summarize(runs),
    ...more,
  };
  return JSON.parse(JSON.stringify(result)) as StoredResult;
}
