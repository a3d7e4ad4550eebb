import { createMetrics } from '../../src/observability/metrics.ts';
import { StateChanges } from '../../src/observability/state-changes.ts';
import { createVerifyMetrics } from '../../src/observability/verify-metrics.ts';
import { WorkerAggregate } from '../../src/observability/worker-aggregate.ts';
import { FINDING_KINDS } from '../../src/verify/finding.ts';
import { silentLog } from './silent-log.ts';

type Registry = ReturnType<typeof createMetrics>;

/** Every metric that a launcher shows, with a worker alive so that its gauges have their labels. */
export function readShownMetrics(): ReturnType<Registry['getMetricsAsJSON']> {
  const clock = { wallNow: () => 0 };
  const workers = new WorkerAggregate(clock);
  workers.joined({ slot: 0, generation: 1, pid: 1 });
  const changes = new StateChanges(silentLog, clock);
  const registry = createMetrics({ isMetered: true, countOwnedSlots: () => 1, workers, changes });
  createVerifyMetrics(registry, FINDING_KINDS);
  return registry.getMetricsAsJSON();
}
