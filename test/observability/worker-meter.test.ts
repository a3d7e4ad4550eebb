import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/domain/outcome.ts';
import { PROBLEMS } from '../../src/http/problems.ts';
import { changesIn, differenceOf, quantileOf, readHistogram, sumOf } from '../../src/observability/count-readings.ts';
import {
  COUNTED,
  COUNTS_SIZE,
  type CountedMetric,
  histogramSize,
  ROUTE,
  ROUTES,
  STATUSES,
} from '../../src/observability/metric-definitions.ts';
import { WorkerMeter } from '../../src/observability/worker-meter.ts';

const changed = (replayed: boolean) => ({ kind: 'changed', replayed }) as unknown as Outcome;

describe('the places of what is counted', () => {
  it('fill the vector without overlapping', () => {
    let next = 0;
    for (const metric of Object.values<CountedMetric>(COUNTED)) {
      expect(metric.at).toBe(next);
      next += metric.series.length * (metric.kind === 'histogram' ? histogramSize(metric) : 1);
    }
    expect(next).toBe(COUNTS_SIZE);
  });

  it('know every status that a problem has', () => {
    const statuses: readonly string[] = STATUSES;
    expect(Object.values(PROBLEMS).filter(({ status }) => !statuses.includes(String(status)))).toEqual([]);
  });
});

describe('WorkerMeter', () => {
  it('counts an answer under its route and status, with how long it took', () => {
    const { counts, meter } = aMeter();
    meter.answered(ROUTE.readBalance, 200, 3);
    meter.answered(ROUTE.readBalance, 404, 70);
    meter.answered(ROUTE.live, 200, 1);
    expect(sumOf(counts, COUNTED.requests)).toBe(3);
    expect(sumOf(counts, COUNTED.requests, { ...ROUTES[ROUTE.readBalance], status: '404' })).toBe(1);
    const reading = readHistogram(counts, COUNTED.requestDuration, ROUTES[ROUTE.readBalance]);
    expect(reading.count).toBe(2);
    expect(reading.sum).toBeCloseTo(0.073);
    const { bounds } = COUNTED.requestDuration;
    expect(reading.buckets[bounds.indexOf(0.003)], 'a bound is inclusive').toBe(1);
    expect(reading.buckets[bounds.indexOf(0.075)]).toBe(1);
  });

  it('keeps what lies above all bounds in a bucket of its own', () => {
    const { counts, meter } = aMeter();
    meter.answered(ROUTE.live, 200, 60_000);
    expect(readHistogram(counts, COUNTED.requestDuration).buckets.at(-1)).toBe(1);
    expect(quantileOf(readHistogram(counts, COUNTED.requestDuration), COUNTED.requestDuration, 0.5)).toBe(5);
  });

  it('tells accepted, replayed and refused changes apart', () => {
    const { counts, meter } = aMeter();
    meter.ended('change', changed(false));
    meter.ended('change', changed(false));
    meter.ended('change', changed(true));
    meter.ended('change', { kind: 'refused', code: 'insufficient_funds', replayed: false } as Outcome);
    meter.ended('create', { kind: 'rejected', code: 'user_exists' });
    meter.ended('balance', { kind: 'failed', code: 'overloaded' });
    expect(changesIn(counts)).toEqual({ accepted: 2, refused: 1 });
    expect(sumOf(counts, COUNTED.operations, { outcome: 'replayed' })).toBe(1);
    expect(sumOf(counts, COUNTED.operations, { operation: 'create', outcome: 'user_exists' })).toBe(1);
    expect(sumOf(counts, COUNTED.operations)).toBe(6);
  });

  it('has a status for whatever is answered', () => {
    const { counts, meter } = aMeter();
    meter.answeredBelowRequests(418);
    meter.unanswered(ROUTE.live);
    expect(sumOf(counts, COUNTED.requests, { route: 'none' })).toBe(1);
    expect(sumOf(counts, COUNTED.requests, { status: 'none' })).toBe(1);
  });
});

describe('quantiles', () => {
  it('lie within the bucket that holds them, and in the difference of two vectors too', () => {
    const { counts, meter } = aMeter();
    for (let i = 0; i < 50; i += 1) meter.answered(ROUTE.live, 200, 1000);
    const earlier = counts.slice();
    for (let i = 0; i < 99; i += 1) meter.answered(ROUTE.live, 200, 5);
    meter.answered(ROUTE.live, 200, 200);
    const reading = readHistogram(differenceOf(counts, earlier), COUNTED.requestDuration);
    const median = quantileOf(reading, COUNTED.requestDuration, 0.5) as number;
    expect(median).toBeGreaterThan(0.004);
    expect(median).toBeLessThanOrEqual(0.006);
    expect(quantileOf(reading, COUNTED.requestDuration, 1)).toBeCloseTo(0.25);
    expect(quantileOf(reading, COUNTED.requestDuration, 0.99)).toBeLessThanOrEqual(0.006);
  });

  it('are not told of nothing', () => {
    expect(quantileOf(readHistogram(new Float64Array(COUNTS_SIZE), COUNTED.roundUsers), COUNTED.roundUsers, 0.5)).toBe(
      null,
    );
  });
});

function aMeter() {
  const meter = new WorkerMeter();
  return { meter, counts: meter.counts };
}
