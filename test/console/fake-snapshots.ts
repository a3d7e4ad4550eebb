import type { EventView, Snapshot, WorkerView } from '../../src/console/snapshot.ts';
import { Random } from '../support/random.ts';

const START_MS = Date.UTC(2026, 10, 27, 9, 0, 0);

const aWorker = (slot: number, fields: Partial<WorkerView> = {}): WorkerView => ({
  slot,
  pid: 4100 + slot,
  state: 'serving',
  queued: 0,
  connections: 0,
  busyShare: 0.01,
  loopDelayMs: 1.2,
  memoryBytes: 96_000_000,
  ...fields,
});

/** A second in which nothing is asked of the service. */
export function anIdleSecond(atMs: number, fields: Partial<Snapshot> = {}): Snapshot {
  return {
    atMs,
    service: { state: 'serving', startedAtMs: atMs - 4_520_000, isMetered: true },
    traffic: { acceptedPerS: 0, refusedPerS: 0, failedPerS: 0, latency: null, rounds: null },
    workers: [aWorker(0)],
    database: { state: 'reachable' },
    ledger: { checkedAtMs: START_MS, users: 100, findings: 0 },
    hottest: [],
    events: [],
    ...fields,
  };
}

const EVENTS: readonly Omit<EventView, 'atMs'>[] = [
  { level: 'good', text: 'Every slot has its owner.' },
  { level: 'good', text: 'A worker owns its slot: slot 1, process 4101.' },
  { level: 'bad', text: 'A worker has died: slot 1, process 4099, SIGKILL.' },
  { level: 'quiet', text: 'A worker has started: process 4099.' },
];

/** A second under load: figures wander, from `seed`. */
export function aBusySecond(atMs: number, random: Random, second: number, fields: Partial<Snapshot> = {}): Snapshot {
  const about = (mean: number, spread: number) => random.between(mean * (1 - spread), mean * (1 + spread));
  const swell = 0.75 + 0.25 * Math.sin(second / 9);
  const acceptedPerS = Math.round(about(9200 * swell, 0.08));
  const p50Ms = about(4.1 / swell, 0.12);
  return {
    ...anIdleSecond(atMs),
    traffic: {
      acceptedPerS,
      refusedPerS: Math.round(about(2100 * swell, 0.15)),
      failedPerS: 0,
      latency: { p50Ms, p99Ms: about(p50Ms * 4, 0.3) },
      rounds: { perS: about(310, 0.05), operationsMean: acceptedPerS / 310, commitMeanMs: about(1.9, 0.1) },
    },
    workers: [0, 1].map((slot) =>
      aWorker(slot, {
        queued: Math.round(about(34 * swell, 0.7)),
        connections: 50,
        busyShare: Math.min(1, about(0.82 * swell, 0.1)),
        loopDelayMs: about(4.4, 0.5),
        memoryBytes: about(141_000_000, 0.02),
      }),
    ),
    hottest: [17, 4, 1, 230, 88, 9, 61, 1204].map((userId, place) => ({
      userId,
      changesPerS: Math.round(about(3400 / (place + 1), 0.05)),
    })),
    // More than fit into the list at once.
    events: Array.from({ length: 4 }, () => EVENTS)
      .flat()
      .map((event, place) => ({ ...event, atMs: START_MS - 90_000 * (place + 1) })),
    ...fields,
  };
}

/** The same load for the same seed. */
export const aRandom = (): Random => new Random(7);
