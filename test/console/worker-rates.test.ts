import { describe, expect, it } from 'vitest';
import { WorkerRates } from '../../src/console/worker-rates.ts';
import { COUNTED, COUNTS_SIZE } from '../../src/observability/metric-definitions.ts';

const PLACE = COUNTED.cacheEvictions.at;

function aWorker(slot: number, count: number, sampledAtMs: number) {
  const counts = Array.from({ length: COUNTS_SIZE }, (_, place) => (place === PLACE ? count : 0));
  return { slot, generation: 1, startedAtMs: 0, counts, sampledAtMs };
}

describe('the rates of workers', () => {
  it('are even when a worker tells nothing in one second and twice in the next', () => {
    const rates = new WorkerRates();
    const told = [];
    // It counts 100 in each second and tells at 0.99, 1.99, 3.01, 4.01 s; we look at each whole second.
    for (const [nowMs, count, sampledAtMs] of [
      [1000, 99, 990],
      [2000, 199, 1990],
      [3000, 199, 1990],
      [4000, 301, 3010],
      [5000, 401, 4010],
    ] as const) {
      told.push(rates.read([aWorker(0, count, sampledAtMs)], nowMs)[PLACE]);
    }
    expect(told).toEqual([100, 100, 100, 100, 100]);
  });

  it('are those of all workers together, each over its own time', () => {
    const rates = new WorkerRates();
    rates.read([aWorker(0, 10, 1000), aWorker(1, 10, 1000)], 1000);
    expect(rates.read([aWorker(0, 30, 2000), aWorker(1, 90, 3000)], 3000)[PLACE]).toBe(20 + 40);
  });

  it('end with a worker that has ended, and with one that has fallen silent', () => {
    const rates = new WorkerRates();
    rates.read([aWorker(0, 10, 1000), aWorker(1, 10, 1000)], 1000);
    expect(rates.read([aWorker(1, 10, 1000)], 1100)[PLACE]).toBe(10);
    expect(rates.read([aWorker(1, 10, 1000)], 3499)[PLACE]).toBe(10);
    expect(rates.read([aWorker(1, 10, 1000)], 3501)[PLACE]).toBe(0);
  });

  it('are those of the successor alone when a slot changes hands', () => {
    const rates = new WorkerRates();
    rates.read([aWorker(0, 500, 5000)], 5000);
    const successor = { ...aWorker(0, 20, 6000), generation: 2, startedAtMs: 5000 };
    expect(rates.read([successor], 6000)[PLACE]).toBe(20);
  });

  it('hold while the wall clock is set back, and are nothing before the first sample', () => {
    const rates = new WorkerRates();
    const unsampled = { slot: 0, generation: 1, startedAtMs: 0, counts: null, sampledAtMs: null };
    expect(rates.read([unsampled], 500)[PLACE]).toBe(0);
    rates.read([aWorker(0, 10, 1000)], 1000);
    expect(rates.read([aWorker(0, 20, 400)], 400)[PLACE]).toBe(10);
  });
});
