/**
 * What the console shows of one second, as it goes over the wire. Rates are per second; `Ms` is milliseconds, of
 * `atMs` and its like since 1970. Null: not known, or there was nothing to measure.
 */
export interface Snapshot {
  /** When the second ended. */
  readonly atMs: number;
  readonly service: ServiceView;
  readonly traffic: TrafficView;
  /** By slot. A slot that changes hands has two, the older first; one without a process has one that is gone. */
  readonly workers: readonly WorkerView[];
  readonly database: DatabaseView;
  /** What the background check of the ledger has found; null until its first sample. */
  readonly ledger: LedgerView | null;
  /** The users with most changes in this second, the hottest first. */
  readonly hottest: readonly HotUser[];
  /** What has happened last, the newest first. */
  readonly events: readonly EventView[];
}

/**
 * `starting` until every slot has had an owner; `serving` while every slot has one, `impaired` while one lacks it;
 * `standing_by` while another launcher serves the database; `draining` from the signal to stop.
 */
export type ServiceState = 'starting' | 'serving' | 'impaired' | 'standing_by' | 'draining';

export interface ServiceView {
  readonly state: ServiceState;
  readonly startedAtMs: number;
  /** False with METRICS=off: then there is no traffic to show. */
  readonly isMetered: boolean;
}

export interface TrafficView {
  /** Changes that were applied. First answers that were given again are in none of the three. */
  readonly acceptedPerS: number;
  /** Refused by a rule: insufficient funds, a balance too large, no such user, a key of another request. */
  readonly refusedPerS: number;
  /** Not applied, or unknown: 500, 503 and 504. */
  readonly failedPerS: number;
  readonly latency: LatencyView | null;
  readonly rounds: RoundsView | null;
}

/** From the header fields of a request for a change to its answer. */
export interface LatencyView {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Rounds of the group commit: one statement each. */
export interface RoundsView {
  readonly perS: number;
  readonly operationsMean: number;
  /** From sending the statement to its answer. */
  readonly commitMeanMs: number | null;
}

/**
 * `gone`: the slot has no process. `starting`: it has not said anything of its lease yet. `connecting`: it has no session
 * with the database. `standing_by`: another launcher serves. `serving`: it holds its lease. `ending`: it has given it up.
 */
export type WorkerState = 'gone' | 'starting' | 'connecting' | 'standing_by' | 'serving' | 'ending';

export interface WorkerView {
  readonly slot: number;
  readonly pid: number | null;
  readonly state: WorkerState;
  /** Operations admitted and not answered. */
  readonly queued: number | null;
  readonly connections: number | null;
  /** The share of the second that its event loop has worked, 0 to 1. */
  readonly busyShare: number | null;
  /** How late its event loop was, at worst. */
  readonly loopDelayMs: number | null;
  readonly memoryBytes: number | null;
}

/** As the workers' writer sessions see it. */
export interface DatabaseView {
  readonly state: 'reachable' | 'unreachable' | 'unknown';
}

export interface LedgerView {
  readonly checkedAtMs: number;
  /** Users in the last sample. */
  readonly users: number;
  /** Disagreements in the last sample. */
  readonly findings: number;
}

export interface HotUser {
  readonly userId: number;
  readonly changesPerS: number;
}

export interface EventView {
  readonly atMs: number;
  readonly level: 'good' | 'quiet' | 'bad';
  readonly text: string;
}

/** What charts need of a second that is past. */
export interface HistoryPoint {
  readonly atMs: number;
  readonly acceptedPerS: number;
  readonly refusedPerS: number;
  readonly failedPerS: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly operationsMean: number | null;
  /** By slot. */
  readonly queued: readonly (number | null)[];
}

/** What a page is told each second. */
export interface Second {
  readonly snapshot: Snapshot;
  /** The same second, for the charts. */
  readonly point: HistoryPoint;
}

export function pointOf({ atMs, traffic, workers }: Snapshot): HistoryPoint {
  const { acceptedPerS, refusedPerS, failedPerS, latency, rounds } = traffic;
  return {
    atMs,
    acceptedPerS,
    refusedPerS,
    failedPerS,
    p50Ms: latency?.p50Ms ?? null,
    p99Ms: latency?.p99Ms ?? null,
    operationsMean: rounds?.operationsMean ?? null,
    queued: queuedBySlot(workers),
  };
}

function queuedBySlot(workers: readonly WorkerView[]): readonly (number | null)[] {
  const bySlot: (number | null)[] = [];
  for (const { slot, queued } of workers) {
    const known = bySlot[slot] ?? null;
    bySlot[slot] = queued === null ? known : (known ?? 0) + queued;
  }
  return bySlot;
}
