import type { Gate } from '../access/gate.ts';
import { createAdminServer } from '../admin/admin-server.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../observability/logger.ts';
import { createMetrics } from '../observability/metrics.ts';
import type { StateChanges } from '../observability/state-changes.ts';
import { createVerifyMetrics } from '../observability/verify-metrics.ts';
import type { WorkerAggregate } from '../observability/worker-aggregate.ts';
import { systemClock as clock } from '../time/clock.ts';
import { BackgroundCheck } from '../verify/background-check.ts';
import { FINDING_KINDS } from '../verify/finding.ts';
import type { Launcher } from './launcher.ts';

export interface OversightOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly launcher: Pick<Launcher, 'ownedSlots'>;
  readonly workers: WorkerAggregate;
  readonly changes: StateChanges;
  readonly gate: Gate | null;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error' | 'debug'>;
}

/**
 * Starts what watches the service from beside it: the admin listener and the background check of the ledger. Resolves
 * with what ends both; rejects when the listener's address cannot be bound.
 */
export async function startOversight(options: OversightOptions): Promise<() => void> {
  const { config, databaseUrl, launcher, workers, changes, gate, log } = options;
  const registry = createMetrics({ countOwnedSlots: () => launcher.ownedSlots, workers, changes });
  const check = new BackgroundCheck({
    databaseUrl,
    intervalMs: config.verifyIntervalMs,
    sampleUsers: config.verifySampleUsers,
    // Only a launcher that serves: those that stand by would check the same database again.
    isActive: () => launcher.ownedSlots > 0,
    metrics: createVerifyMetrics(registry, FINDING_KINDS),
    clock,
    log,
  });
  const admin = createAdminServer({ registry, gate, log });
  if (config.adminPort !== null) {
    const { address, port } = await admin.listen({ host: config.adminHost, port: config.adminPort });
    log.info({ address, port }, 'the admin listener serves /metrics and /livez');
  }
  if (config.verifyIntervalMs > 0) check.start();
  return () => {
    check.close();
    admin.close();
  };
}
