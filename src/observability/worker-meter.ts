import type { Outcome } from '../domain/outcome.ts';
import { HotUsers } from './hot-users.ts';
import {
  COUNTED,
  COUNTS_SIZE,
  type HistogramMetric,
  histogramSize,
  MISS_CAUSES,
  NO_ROUTE,
  OPERATIONS,
  OUTCOMES,
  ROUND_RESULTS,
  SHED_REASONS,
  STATUSES,
} from './metric-definitions.ts';

const placesOf = <T extends string>(values: readonly T[]) =>
  Object.fromEntries(values.map((value, place) => [value, place])) as Readonly<Record<T, number>>;

const outcomePlaces = placesOf(OUTCOMES);
const operationPlaces = placesOf(OPERATIONS);
const roundPlaces = placesOf(ROUND_RESULTS);
const missPlaces = placesOf(MISS_CAUSES);
const shedPlaces = placesOf(SHED_REASONS);

const NO_ANSWER = STATUSES.indexOf('none');
const statusPlaces = new Uint8Array(600).fill(STATUSES.indexOf('500'));
for (const [place, status] of STATUSES.entries()) if (status !== 'none') statusPlaces[Number(status)] = place;

export type OperationKind = (typeof OPERATIONS)[number];
export type RoundResult = (typeof ROUND_RESULTS)[number];
export type MissCause = (typeof MISS_CAUSES)[number];
export type ShedReason = (typeof SHED_REASONS)[number];

/**
 * Counts what one worker does. It is asked several times per request, so it only adds to numbers in a typed array;
 * names, labels and prom-client are the launcher's business.
 */
export class WorkerMeter {
  /** Since the start of the worker, by the places of `COUNTED`. */
  readonly counts = new Float64Array(COUNTS_SIZE);
  readonly hotUsers = new HotUsers();

  /** A request was answered; `route` is a place in `ROUTES`. */
  answered(route: number, status: number, tookMs: number): void {
    this.#add(COUNTED.requests.at + route * STATUSES.length + (statusPlaces[status] as number), 1);
    this.#observe(COUNTED.requestDuration, route, tookMs / 1000);
  }

  /** Its caller was gone when the answer was there. */
  unanswered(route: number): void {
    this.#add(COUNTED.requests.at + route * STATUSES.length + NO_ANSWER, 1);
  }

  /** What came was no request that could be brought to a route. */
  answeredBelowRequests(status: number): void {
    this.#add(COUNTED.requests.at + NO_ROUTE * STATUSES.length + (statusPlaces[status] as number), 1);
  }

  ended(operation: OperationKind, outcome: Outcome): void {
    const row = operationPlaces[operation] * OUTCOMES.length;
    this.#add(COUNTED.operations.at + row + outcomePlaces[nameOf(outcome)], 1);
  }

  roundSent(result: RoundResult): void {
    this.#add(COUNTED.rounds.at + roundPlaces[result], 1);
  }

  roundApplied(tookMs: number, users: number, entries: number): void {
    this.roundSent('applied');
    this.#observe(COUNTED.roundDuration, 0, tookMs / 1000);
    this.#observe(COUNTED.roundUsers, 0, users);
    this.#observe(COUNTED.roundEntries, 0, entries);
  }

  guardMissed(cause: MissCause): void {
    this.#add(COUNTED.guardMisses.at + missPlaces[cause], 1);
  }

  /** An account was needed. */
  looked(wasInMemory: boolean): void {
    this.#add(COUNTED.cacheLookups.at + (wasInMemory ? 0 : 1), 1);
  }

  evicted(): void {
    this.#add(COUNTED.cacheEvictions.at, 1);
  }

  loaded(tookMs: number, accounts: number): void {
    this.#add(COUNTED.loadedAccounts.at, accounts);
    this.#observe(COUNTED.loadDuration, 0, tookMs / 1000);
  }

  shed(reason: ShedReason): void {
    this.#add(COUNTED.shed.at + shedPlaces[reason], 1);
  }

  /** How often a connection was left unread so far. */
  setTimesHeld(times: number): void {
    this.counts[COUNTED.held.at] = times;
  }

  /** Changes of one user were decided together. */
  decided(userId: number, changes: number): void {
    this.hotUsers.add(userId, changes);
  }

  /** CPU time of this process since its start. */
  setCpuSeconds(seconds: number): void {
    this.counts[COUNTED.cpu.at] = seconds;
  }

  #add(place: number, by: number): void {
    this.counts[place] = (this.counts[place] as number) + by;
  }

  #observe(metric: HistogramMetric, series: number, value: number): void {
    const { bounds } = metric;
    const at = metric.at + series * histogramSize(metric);
    // The first bound that is not below the value.
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((bounds[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    this.#add(at + low, 1);
    this.#add(at + bounds.length + 1, value);
  }
}

function nameOf(outcome: Outcome): (typeof OUTCOMES)[number] {
  switch (outcome.kind) {
    case 'changed':
    case 'created':
      return outcome.replayed ? 'replayed' : 'accepted';
    case 'refused':
      return outcome.replayed ? 'replayed' : outcome.code;
    case 'balance':
    case 'entries':
      return 'accepted';
    case 'rejected':
    case 'failed':
      return outcome.code;
  }
}
