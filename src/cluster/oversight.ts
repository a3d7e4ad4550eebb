import type { Gate } from '../access/gate.ts';
import { createAdminServer } from '../admin/admin-server.ts';
import type { Config } from '../config.ts';
import { createConsole } from '../console/console-endpoints.ts';
import { ConsoleFeed } from '../console/console-feed.ts';
import { LastCheck } from '../console/last-check.ts';
import { watchService } from '../console/watch-service.ts';
import type { Logger } from '../observability/logger.ts';
import { createMetrics } from '../observability/metrics.ts';
import type { StateChanges } from '../observability/state-changes.ts';
import { createVerifyMetrics } from '../observability/verify-metrics.ts';
import type { WorkerAggregate } from '../observability/worker-aggregate.ts';
import { systemClock as clock } from '../time/clock.ts';
import { BackgroundCheck } from '../verify/background-check.ts';
import { FINDING_KINDS } from '../verify/finding.ts';
import type { Launcher } from './launcher.ts';
import { httpUrl, type SharedPort } from './shared-port.ts';

export interface OversightOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly launcher: Pick<Launcher, 'ownedSlots'>;
  readonly workers: WorkerAggregate;
  readonly changes: StateChanges;
  readonly gate: Gate | null;
  /** Where the public interface listens. */
  readonly port: Pick<SharedPort, 'host' | 'port'>;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error' | 'debug'>;
}

export interface Oversight {
  /** Where a person can look on; null without an admin listener. */
  readonly consoleUrl: string | null;
  /** Tells those who look on how things are now, out of turn. */
  look(): void;
  close(): void;
}

/** Look-ups of the console are answered by the public interface within its own limit, and this is a little later. */
const LOOK_UP_GRACE_MS = 1000;

/**
 * Starts what watches the service from beside it: the admin listener with its console, and the background check of the
 * ledger. Rejects when the listener's address cannot be bound.
 */
export async function startOversight(options: OversightOptions): Promise<Oversight> {
  const { config, databaseUrl, launcher, workers, changes, gate, log } = options;
  const { workers: slots, isMetered } = config;
  const countOwnedSlots = () => launcher.ownedSlots;
  const registry = createMetrics({ isMetered, countOwnedSlots, workers, changes });
  const lastCheck = new LastCheck(createVerifyMetrics(registry, FINDING_KINDS));
  const check = new BackgroundCheck({
    databaseUrl,
    intervalMs: config.verifyIntervalMs,
    sampleUsers: config.verifySampleUsers,
    // Only a launcher that serves: those that stand by would check the same database again.
    isActive: () => launcher.ownedSlots > 0,
    metrics: lastCheck,
    clock,
    log,
  });
  if (config.verifyIntervalMs > 0) check.start();
  if (config.adminPort === null) return { consoleUrl: null, look: () => undefined, close: () => check.close() };

  const feed = new ConsoleFeed();
  const lookUpTimeoutMs = config.requestTimeoutMs + LOOK_UP_GRACE_MS;
  const console = createConsole({ feed, gate, target: options.port, lookUpTimeoutMs, clock, log });
  const admin = createAdminServer({ registry, gate, console, log });
  const { address, port } = await admin.listen({ host: config.adminHost, port: config.adminPort });
  log.info({ address, port }, 'the admin listener serves /console, /metrics and /livez');
  const watch = watchService({ feed, workers, changes, lastCheck, countOwnedSlots, slots, isMetered, clock });
  return {
    consoleUrl: `${httpUrl({ host: address, port })}/console`,
    look: () => watch.look(),
    close() {
      watch.stop();
      check.close();
      admin.close();
    },
  };
}
