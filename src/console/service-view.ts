import { type Counts, changesIn, quantileOf, readHistogram, sumOf } from '../observability/count-readings.ts';
import type { Gauges } from '../observability/metric-definitions.ts';
import { COUNTED, type OUTCOMES, ROUTE, ROUTES } from '../observability/metric-definitions.ts';
import type { StateChange, StateChangeKind } from '../observability/state-changes.ts';
import type { LivingWorker } from '../observability/worker-aggregate.ts';
import type { DatabaseView, EventView, LatencyView, RoundsView, TrafficView, WorkerView } from './snapshot.ts';

const CHANGE_ROUTES = [ROUTE.changeByBody, ROUTE.changeByPath, ROUTE.changeMany].map((place) => ROUTES[place]);

const OTHER_REFUSALS = ['user_not_found', 'idempotency_key_reused'] as const satisfies readonly Outcome[];
const FAILURES = ['overloaded', 'not_ready', 'internal', 'outcome_unknown'] as const satisfies readonly Outcome[];
/** Answered with 503 before there was an operation whose outcome could be counted. */
const SHED_UNCOUNTED = ['event_loop', 'batch_memory'];

type Outcome = (typeof OUTCOMES)[number];

/** `perS`: what is counted in a second, by the places of `COUNTED`. */
export function trafficOf(perS: Counts): TrafficView {
  const changes = (outcome: string) => sumOf(perS, COUNTED.operations, { operation: 'change', outcome });
  const { accepted, refused } = changesIn(perS);
  return {
    acceptedPerS: accepted,
    refusedPerS: refused + total(OTHER_REFUSALS.map(changes)),
    failedPerS:
      total(FAILURES.map(changes)) + total(SHED_UNCOUNTED.map((reason) => sumOf(perS, COUNTED.shed, { reason }))),
    latency: latencyOf(perS),
    rounds: roundsOf(perS),
  };
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

function latencyOf(perS: Counts): LatencyView | null {
  const readings = CHANGE_ROUTES.map((route) => readHistogram(perS, COUNTED.requestDuration, route));
  const merged = readings.reduce((sum, { buckets, count, sum: seconds }) => ({
    buckets: sum.buckets.map((inBucket, place) => inBucket + (buckets[place] as number)),
    count: sum.count + count,
    sum: sum.sum + seconds,
  }));
  const p50 = quantileOf(merged, COUNTED.requestDuration, 0.5);
  const p99 = quantileOf(merged, COUNTED.requestDuration, 0.99);
  return p50 === null || p99 === null ? null : { p50Ms: 1000 * p50, p99Ms: 1000 * p99 };
}

function roundsOf(perS: Counts): RoundsView | null {
  const entries = readHistogram(perS, COUNTED.roundEntries);
  if (entries.count === 0) return null;
  const commits = readHistogram(perS, COUNTED.roundDuration);
  return {
    perS: entries.count,
    operationsMean: entries.sum / entries.count,
    commitMeanMs: commits.count === 0 ? null : (1000 * commits.sum) / commits.count,
  };
}

/** One for each process, and one for each slot that has none. */
export function workerViews(workers: readonly LivingWorker[], slots: number): WorkerView[] {
  return Array.from({ length: slots }, (_, slot) => {
    const ofSlot = workers.filter((worker) => worker.slot === slot);
    return ofSlot.length === 0 ? [viewOf({ slot, pid: null, state: 'gone', gauges: null })] : ofSlot.map(viewOf);
  }).flat();
}

const viewOf = ({
  slot,
  pid,
  state,
  gauges,
}: Pick<WorkerView, 'slot' | 'pid' | 'state'> & { readonly gauges: Gauges | null }): WorkerView => ({
  slot,
  pid,
  state,
  queued: gauges?.openOperations ?? null,
  connections: gauges?.connections ?? null,
  busyShare: gauges?.eventLoopUtilization ?? null,
  loopDelayMs: gauges === null ? null : 1000 * gauges.eventLoopDelayMax,
  memoryBytes: gauges?.residentMemory ?? null,
});

/**
 * A worker that stands by has a session as well. One that holds its lease has one that may be silent; without samples
 * (METRICS=off) nothing is known of that.
 */
export function databaseView(workers: readonly LivingWorker[]): DatabaseView {
  const isAnswering = ({ state, gauges }: LivingWorker) =>
    state === 'standing_by' || (state === 'serving' && gauges?.leaseFresh !== 0);
  if (workers.some(isAnswering)) return { state: 'reachable' };
  const hasTried = workers.some(({ state }) => state === 'connecting' || state === 'serving');
  return { state: hasTried ? 'unreachable' : 'unknown' };
}

const GOOD: readonly StateChangeKind[] = ['service_ready', 'worker_serves', 'worker_replaced'];
const BAD: readonly StateChangeKind[] = [
  'service_not_ready',
  'worker_died',
  'worker_hangs',
  'worker_killed',
  'worker_lost_lease',
  'worker_not_replaced',
];

/** A sentence: A worker has died: slot 1, process 4099, SIGKILL. */
export function eventView({ kind, atMs, message, fields }: StateChange): EventView {
  const level = GOOD.includes(kind) ? 'good' : BAD.includes(kind) ? 'bad' : 'quiet';
  const { slot, workerPid, status, signal } = fields;
  const parts = [
    ...(slot === undefined ? [] : [`slot ${slot}`]),
    ...(workerPid === undefined ? [] : [`process ${workerPid}`]),
    ...(status === undefined ? [] : [typeof status === 'number' ? `exit code ${status}` : String(status)]),
    ...(signal === undefined ? [] : [String(signal)]),
  ];
  const text = `${message[0]?.toUpperCase()}${message.slice(1)}`;
  return { atMs, level, text: parts.length === 0 ? `${text}.` : `${text}: ${parts.join(', ')}.` };
}
