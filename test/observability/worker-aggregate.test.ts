import { beforeEach, describe, expect, it } from 'vitest';
import { COUNTED, COUNTS_SIZE, type Gauges } from '../../src/observability/metric-definitions.ts';
import { WorkerAggregate, type WorkerIdentity } from '../../src/observability/worker-aggregate.ts';
import type { WorkerSample } from '../../src/observability/worker-sample.ts';

const gauges: Gauges = {
  openOperations: 3,
  openUsers: 2,
  requestsInFlight: 1,
  connections: 4,
  connectionsHeld: 0,
  cachedUsers: 9,
  leaseFresh: 1,
  eventLoopDelayMean: 0,
  eventLoopDelayMax: 0.02,
  eventLoopUtilization: 0.5,
  residentMemory: 1000,
};
const worker = (slot: number, generation: number): WorkerIdentity => ({
  slot,
  generation,
  pid: 100 * slot + generation,
});

function sample(sequence: number, evictions: number, more: Partial<WorkerSample> = {}): WorkerSample {
  const counts = Array.from({ length: COUNTS_SIZE }, () => 0);
  counts[COUNTED.cacheEvictions.at] = evictions;
  return { sequence, counts, gauges, hottest: [], ...more };
}

let workers: WorkerAggregate;
let nowMs: number;
const evictions = () => workers.totals()[COUNTED.cacheEvictions.at];

beforeEach(() => {
  nowMs = 1000;
  workers = new WorkerAggregate({ wallNow: () => nowMs });
});

describe('the totals of all workers', () => {
  it('take the newest sample of each worker, which holds the ones before', () => {
    workers.joined(worker(0, 1));
    workers.joined(worker(1, 1));
    workers.sampled(worker(0, 1), sample(1, 5));
    workers.sampled(worker(1, 1), sample(1, 7));
    workers.sampled(worker(0, 1), sample(2, 11));
    expect(evictions()).toBe(18);
  });

  it('do not count a sample that comes twice or late', () => {
    workers.joined(worker(0, 1));
    workers.sampled(worker(0, 1), sample(2, 11));
    workers.sampled(worker(0, 1), sample(2, 11));
    workers.sampled(worker(0, 1), sample(1, 5));
    expect(evictions()).toBe(11);
  });

  it('keep what a dead worker counted, and add what its successor counts from 0', () => {
    workers.joined(worker(0, 1));
    workers.sampled(worker(0, 1), sample(1, 5));
    workers.left(worker(0, 1));
    expect(evictions()).toBe(5);
    workers.joined(worker(0, 2));
    workers.sampled(worker(0, 2), sample(1, 2));
    expect(evictions()).toBe(7);
  });

  it('take the last sample of a worker that comes after word of its end, once', () => {
    workers.joined(worker(0, 1));
    workers.sampled(worker(0, 1), sample(1, 5));
    workers.left(worker(0, 1));
    workers.left(worker(0, 1));
    workers.sampled(worker(0, 1), sample(2, 6));
    workers.sampled(worker(0, 1), sample(2, 6));
    expect(evictions()).toBe(6);
  });

  it('never fall, and hold nothing for each of many that have ended', () => {
    let last = 0;
    for (let generation = 1; generation <= 500; generation += 1) {
      workers.joined(worker(0, generation));
      workers.sampled(worker(0, generation), sample(1, 1));
      workers.left(worker(0, generation));
      const now = evictions() as number;
      expect(now).toBe(last + 1);
      last = now;
    }
    // Long settled: its sample can be no news.
    workers.sampled(worker(0, 1), sample(2, 100));
    expect(evictions()).toBe(500);
  });

  it('take nothing from a worker that nobody knows, nor of a vector of another length', () => {
    workers.sampled(worker(0, 1), sample(1, 5));
    workers.joined(worker(1, 1));
    workers.sampled(worker(1, 1), { ...sample(1, 5), counts: [1, 2, 3] });
    expect([...workers.totals()].every((count) => count === 0)).toBe(true);
  });
});

describe('the living workers', () => {
  it('are told with their state and the newest gauges, and are gone once they have ended', () => {
    workers.joined(worker(1, 1));
    workers.joined(worker(0, 1));
    workers.stateChanged(worker(0, 1), 'serving');
    nowMs = 2000;
    const { counts } = sample(1, 0);
    workers.sampled(worker(0, 1), sample(1, 0));
    const unknown = { sampledAtMs: null, gauges: null, counts: null, hottest: [] };
    expect(workers.workers()).toEqual([
      { ...worker(0, 1), state: 'serving', startedAtMs: 1000, sampledAtMs: 2000, gauges, counts, hottest: [] },
      { ...worker(1, 1), state: 'starting', startedAtMs: 1000, ...unknown },
    ]);
    workers.left(worker(0, 1));
    expect(workers.workers().map(({ slot }) => slot)).toEqual([1]);
  });

  it('bring back nobody with a late sample', () => {
    workers.joined(worker(0, 1));
    workers.left(worker(0, 1));
    workers.sampled(worker(0, 1), sample(1, 0));
    workers.stateChanged(worker(0, 1), 'serving');
    expect(workers.workers()).toEqual([]);
  });

  it('name the hottest users of all of them', () => {
    workers.joined(worker(0, 1));
    workers.joined(worker(0, 2));
    workers.sampled(worker(0, 1), sample(1, 0, { hottest: [{ userId: 7, operations: 10 }] }));
    workers.sampled(
      worker(0, 2),
      sample(1, 0, {
        hottest: [
          { userId: 8, operations: 11 },
          { userId: 7, operations: 4 },
        ],
      }),
    );
    expect(workers.hottest(1)).toEqual([{ userId: 7, operations: 14 }]);
    expect(workers.hottest(5)).toHaveLength(2);
    nowMs += 2600;
    expect(workers.hottest(5)).toEqual([]);
  });
});
