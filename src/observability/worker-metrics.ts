import type { Metric, MetricType, Registry } from 'prom-client';
import {
  COUNTED,
  type CountedMetric,
  GAUGES,
  type GaugeName,
  histogramSize,
  type LabelValues,
} from './metric-definitions.ts';
import { STATE_CHANGE_KINDS, type StateChanges } from './state-changes.ts';
import { WORKER_STATES, type WorkerAggregate } from './worker-aggregate.ts';

interface Value {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

type Workers = Pick<WorkerAggregate, 'totals' | 'workers'>;

/** What the workers count, and how each of them is. */
export function registerCountedMetrics(registry: Registry, workers: Workers): void {
  // One vector for all metrics of a scrape, so that they agree with each other.
  let totals: Promise<Float64Array> | null = null;
  const totalsOnce = () => {
    totals ??= Promise.resolve(workers.totals()).finally(() => {
      totals = null;
    });
    return totals;
  };
  for (const metric of Object.values<CountedMetric>(COUNTED)) {
    register(registry, metric.name, metric.help, metric.kind, async () => valuesOf(metric, await totalsOnce()));
  }
  for (const [key, { name, help }] of Object.entries(GAUGES)) {
    register(registry, `user_balance_${name}`, help, 'gauge', async () => gaugeValues(workers, key as GaugeName));
  }
}

/** What the launcher itself knows of the workers. */
export function registerStateMetrics(
  registry: Registry,
  workers: Workers,
  changes: Pick<StateChanges, 'counts'>,
): void {
  register(registry, 'user_balance_worker_state', 'Processes of each slot by state.', 'gauge', async () =>
    stateValues(workers),
  );
  register(registry, 'user_balance_state_changes_total', 'Changes of state, by kind.', 'counter', async () =>
    STATE_CHANGE_KINDS.map((change) => ({ labels: { change }, value: changes.counts.get(change) ?? 0 })),
  );
}

/** prom-client's own metrics count for themselves; these only show what was counted elsewhere. */
function register(
  registry: Registry,
  name: string,
  help: string,
  type: 'counter' | 'gauge' | 'histogram',
  read: () => Promise<readonly Value[]>,
): void {
  const get = async () => ({
    name,
    help,
    type: type as unknown as MetricType,
    values: await read(),
    aggregator: 'sum',
  });
  registry.registerMetric({ name, help, get, reset: () => undefined } as unknown as Metric);
}

function valuesOf(metric: CountedMetric, totals: Float64Array): Value[] {
  if (metric.kind === 'counter') {
    return metric.series.map((labels, index) => ({ labels, value: totals[metric.at + index] as number }));
  }
  const size = histogramSize(metric);
  return metric.series.flatMap((labels, index) => {
    const at = metric.at + index * size;
    return histogramValues(metric.name, labels, metric.bounds, totals.subarray(at, at + size));
  });
}

/** In the exposition each bucket counts what the smaller ones count too. */
function histogramValues(name: string, labels: LabelValues, bounds: readonly number[], numbers: Float64Array): Value[] {
  const metricName = `${name}_bucket`;
  let count = 0;
  const buckets = [...bounds, '+Inf'].map((le, index) => {
    count += numbers[index] as number;
    return { metricName, labels: { le, ...labels }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: numbers[bounds.length + 1] as number },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

/** While a slot has two processes, their amounts are added, and of what is no amount the worse one is shown. */
function gaugeValues(workers: Workers, name: GaugeName): Value[] {
  const bySlot = new Map<number, number>();
  for (const { slot, gauges } of workers.workers()) {
    if (gauges === null) continue;
    const earlier = bySlot.get(slot);
    const value = gauges[name];
    if (earlier === undefined) bySlot.set(slot, value);
    else bySlot.set(slot, name.startsWith('eventLoop') ? Math.max(earlier, value) : earlier + value);
  }
  return [...bySlot].map(([slot, value]) => ({ labels: { slot }, value }));
}

function stateValues(workers: Workers): Value[] {
  const counts = new Map<string, { slot: number; state: string; count: number }>();
  for (const { slot } of workers.workers()) {
    for (const state of WORKER_STATES) counts.set(`${slot} ${state}`, { slot, state, count: 0 });
  }
  for (const { slot, state } of workers.workers()) {
    const entry = counts.get(`${slot} ${state}`);
    if (entry !== undefined) entry.count += 1;
  }
  return [...counts.values()].map(({ slot, state, count }) => ({ labels: { slot, state }, value: count }));
}
