import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { StateChanges } from './state-changes.ts';
import type { WorkerAggregate } from './worker-aggregate.ts';
import { registerCountedMetrics, registerStateMetrics } from './worker-metrics.ts';

export interface MetricSources {
  /** False: workers count nothing, and there is nothing to show of it. */
  readonly isMetered: boolean;
  readonly countOwnedSlots: () => number;
  readonly workers: Pick<WorkerAggregate, 'totals' | 'workers'>;
  readonly changes: Pick<StateChanges, 'counts'>;
}

/** The metrics of the launcher: of its process and of its workers. Other parts add theirs to the registry. */
export function createMetrics(sources: MetricSources): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'user_balance_workers',
    help: 'Slots of this launcher whose worker holds its lease; 0 while it stands by.',
    registers: [registry],
    collect() {
      this.set(sources.countOwnedSlots());
    },
  });
  if (sources.isMetered) registerCountedMetrics(registry, sources.workers);
  registerStateMetrics(registry, sources.workers, sources.changes);
  return registry;
}
