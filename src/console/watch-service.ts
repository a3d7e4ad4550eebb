import type { StateChanges } from '../observability/state-changes.ts';
import type { WorkerAggregate } from '../observability/worker-aggregate.ts';
import type { Clock } from '../time/clock.ts';
import type { ConsoleFeed } from './console-feed.ts';
import type { LastCheck } from './last-check.ts';
import { databaseView, eventView, trafficOf, workerViews } from './service-view.ts';
import type { HotUser, ServiceState, Snapshot } from './snapshot.ts';
import { WorkerRates } from './worker-rates.ts';

const INTERVAL_MS = 1000;
const HOTTEST_MAX = 10;
const EVENTS_MAX = 20;

export interface WatchOptions {
  readonly feed: ConsoleFeed;
  readonly workers: Pick<WorkerAggregate, 'workers' | 'hottest'>;
  readonly lastCheck: Pick<LastCheck, 'view'>;
  readonly changes: Pick<StateChanges, 'recent' | 'counts'>;
  /** Slots whose worker holds its lease. */
  readonly countOwnedSlots: () => number;
  readonly slots: number;
  readonly isMetered: boolean;
  readonly clock: Pick<Clock, 'schedule' | 'wallNow'>;
}

export interface Watch {
  /** Publishes what is known now, out of turn. */
  look(): void;
  stop(): void;
}

/** Publishes what the launcher knows, once a second, until it is stopped. */
export function watchService(options: WatchOptions): Watch {
  const { feed, workers, changes, lastCheck, slots, isMetered, clock } = options;
  const rates = new WorkerRates();
  const startedAtMs = clock.wallNow();
  let cancel: () => void;

  function snapshot(): Snapshot {
    const atMs = clock.wallNow();
    const living = workers.workers();
    return {
      atMs,
      service: { state: stateOf(options), startedAtMs, isMetered },
      traffic: trafficOf(rates.read(living, atMs)),
      workers: workerViews(living, slots),
      database: databaseView(living),
      ledger: lastCheck.view,
      hottest: workers
        .hottest(HOTTEST_MAX)
        .map(({ userId, operations }): HotUser => ({ userId, changesPerS: operations })),
      events: changes.recent.slice(-EVENTS_MAX).reverse().map(eventView),
    };
  }

  const look = () => feed.publish(snapshot());
  const schedule = () => {
    cancel = clock.schedule(INTERVAL_MS, () => {
      look();
      schedule();
    });
  };
  look();
  schedule();
  return { look, stop: () => cancel() };
}

function stateOf({ changes, countOwnedSlots, slots, workers }: WatchOptions): ServiceState {
  const hasBeen = (kind: 'stopping' | 'service_ready') => (changes.counts.get(kind) ?? 0) > 0;
  if (hasBeen('stopping')) return 'draining';
  if (countOwnedSlots() === slots) return 'serving';
  if (workers.workers().some(({ state }) => state === 'standing_by')) return 'standing_by';
  return hasBeen('service_ready') ? 'impaired' : 'starting';
}
