import { describe, expect, it } from 'vitest';
import type { BenchDatabase } from '../../bench/database.ts';
import { Fleet } from '../../bench/fleet.ts';
import { Releases } from '../../bench/releases.ts';
import { runAll } from '../../bench/run.ts';
import type { Contestant, Generators, RunResult, Scenario } from '../../bench/scenarios/scenario.ts';
import type { SideName } from '../../bench/sides/side.ts';

const untouched = async () => {
  throw new Error('This scenario sends nothing');
};
const database: BenchDatabase = {
  url: '',
  facts: { version: '', fsync: 'on', synchronousCommit: 'on', fullPageWrites: 'on' },
  client: { query: untouched },
  sibling: untouched,
};
const generators: Generators = { load: { order: untouched }, stream: { order: untouched } };
const proven: RunResult = { kind: 'proven', points: [{ at: null, figures: { requestsPerSecond: 1 } }] };
const settings = { withdrawals: 2, durationMs: 1, connections: undefined, isFull: false };

/** Writes down everything that happens, in order. */
function bench(names: readonly string[], contestantOf: (side: SideName) => Contestant | string) {
  const events: string[] = [];
  const scenarios = names.map(
    (name): Scenario => ({
      name,
      isQuick: false,
      sides: ['this service', 'usual design'],
      axis: null,
      columns: {},
      baselines: [],
      describe: () => 'nothing',
      connections: () => 0,
      async enter(side, stage) {
        stage.releases.add(async () => void events.push(`${name}: ${side} released`));
        const contestant = contestantOf(side);
        if (typeof contestant === 'string') return contestant;
        return {
          tail: contestant.tail,
          run(turn) {
            events.push(`${name}: ${side}${turn.isWarmUp ? ' warms up' : ''}`);
            return contestant.run(turn);
          },
        };
      },
    }),
  );
  const progress = {
    scenario: () => undefined,
    absent: () => undefined,
    start: () => undefined,
    update: () => undefined,
    end: () => undefined,
    stop: () => undefined,
  };
  const releases = new Releases();
  const fleet = new Fleet({ database, workers: 1, releases });
  const measuring = runAll({ scenarios, runs: 2, settings, fleet, generators, releases }, progress);
  return { events, measuring };
}

const always = (result: RunResult): Contestant => ({ run: async () => result, tail: () => '' });

describe('the runs of a bench', () => {
  it('let the sides take turns after a warm-up of each, back and forth, and end a scenario before the next', async () => {
    const { events, measuring } = bench(['one', 'two'], () => always(proven));
    const { runs } = await measuring;
    const turns = (name: string) => [
      `${name}: this service warms up`,
      `${name}: usual design warms up`,
      `${name}: this service`,
      `${name}: usual design`,
      `${name}: usual design`,
      `${name}: this service`,
      `${name}: usual design released`,
      `${name}: this service released`,
    ];
    expect(events).toEqual([...turns('one'), ...turns('two')]);
    expect(runs.map(({ scenario, side, run }) => [scenario, side, run])).toEqual([
      ['one', 'this service', 1],
      ['one', 'usual design', 1],
      ['one', 'usual design', 2],
      ['one', 'this service', 2],
      ['two', 'this service', 1],
      ['two', 'usual design', 1],
      ['two', 'usual design', 2],
      ['two', 'this service', 2],
    ]);
  });

  it('go on without a side that cannot take part, and tell why', async () => {
    const { measuring } = bench(['one'], (side) => (side === 'usual design' ? 'not here' : always(proven)));
    const { runs, absences } = await measuring;
    expect(absences).toEqual([{ scenario: 'one', side: 'usual design', reason: 'not here' }]);
    expect(runs.map(({ side }) => side)).toEqual(['this service', 'this service']);
  });

  it('keep a warm-up that disagreed', async () => {
    const wrong: Contestant = {
      tail: () => '',
      run: async ({ isWarmUp }) => (isWarmUp ? { kind: 'disagreed', disagreements: ['all'] } : proven),
    };
    const { runs } = await bench(['one'], (side) => (side === 'this service' ? wrong : always(proven))).measuring;
    expect(runs.map(({ run }) => run)).toEqual([0, 1, 1, 2, 2]);
  });
});
