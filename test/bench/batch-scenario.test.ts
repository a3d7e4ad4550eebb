import { expect, it } from 'vitest';
import type { Fleet } from '../../bench/fleet.ts';
import { Releases } from '../../bench/releases.ts';
import { batch, batchSpread, changesOf } from '../../bench/scenarios/batch.ts';
import type { Stage } from '../../bench/scenarios/scenario.ts';
import type { HttpSide, HttpSideName } from '../../bench/sides/side.ts';
import type { AnswerList, StreamPlan, StreamResult } from '../../bench/stream/plan.ts';

const answers = (count: number): AnswerList => ({
  userIds: Array(count).fill(1),
  balances: Array(count).fill(8),
  versions: Array(count).fill(2),
  operationIds: Array(count).fill('id'),
});
const resultOf = (requests: number, changes: number): StreamResult => ({
  wallMs: 500,
  latenciesMs: new Float64Array(requests),
  outcomes: { 200: changes },
  accepted: answers(changes),
  reads: answers(0),
});

/** Runs one side once, with what its proof finds, and tells what it was asked to send after its users were warm. */
async function runOnce(scenario: typeof batch, name: HttpSideName, disagreements: readonly string[] = []) {
  const plans: StreamPlan[] = [];
  const side: Partial<HttpSide> = {
    name,
    url: 'http://127.0.0.1:1',
    tail: () => '',
    createUsers: async (count) => ({ firstId: 1, count }),
    watch: async () => async () => (plans.at(-1)?.readShare === 1 ? [] : disagreements),
  };
  const order = async (plan: StreamPlan) => {
    plans.push(plan);
    return resultOf(10, 10 * (plan.itemsPerRequest ?? 1));
  };
  const stage: Stage = {
    fleet: { http: async () => side } as unknown as Fleet,
    generators: { load: { order: () => Promise.reject(new Error('not asked')) }, stream: { order } },
    settings: { withdrawals: 2, durationMs: 1000, connections: undefined, isFull: false },
    releases: new Releases(),
  };
  const contestant = await scenario.enter(name, stage);
  if (typeof contestant === 'string') throw new Error(contestant);
  const result = await contestant.run({ isWarmUp: false, onProgress: () => undefined });
  return { plan: plans.at(-1), result };
}

it('batches are sent to the service, and the same withdrawals one by one to the usual design', async () => {
  expect((await runOnce(batch, 'this service')).plan).toMatchObject({ itemsPerRequest: 200, users: { count: 1 } });
  expect((await runOnce(batch, 'usual design')).plan).toMatchObject({ itemsPerRequest: null, users: { count: 1 } });
  expect((await runOnce(batchSpread, 'this service')).plan).toMatchObject({ users: { count: 20_000 } });
});

it('what a batch is compared by is its changes, not its requests', async () => {
  const served = { ...resultOf(10, 1000), serverCpuMs: 20 };
  const perChange = { changesPerSecond: 2000, cpuUsPerOperation: 20 };
  expect(changesOf(served)).toMatchObject({ requestsPerSecond: 20, changes: 1000, ...perChange });
  const { result } = await runOnce(batch, 'this service');
  expect(result).toMatchObject({ kind: 'proven', points: [{ figures: { changesPerSecond: 4000 } }] });
});

it('a batch that was not proven has no figure', async () => {
  const { result } = await runOnce(batch, 'this service', ['new entries: 1, expected 2']);
  expect(result).toEqual({ kind: 'disagreed', disagreements: ['new entries: 1, expected 2'] });
});
