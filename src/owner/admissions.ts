import type { Operation } from '../domain/operation.ts';
import { failed, notBegun, type Outcome } from '../domain/outcome.ts';
import type { Lease } from '../store/ledger.ts';
import type { Clock } from '../time/clock.ts';
import { DeadlineQueue, type Expiring } from '../time/deadline-queue.ts';
import type { OwnerMeter } from './owner-meter.ts';

/**
 * An operation that was admitted and waits for its outcome.
 *
 * `waiting`: nothing of it has been sent; at its deadline it is certainly not applied. `in_flight`: it is part of a
 * statement that was handed to the writer; at its deadline its outcome is unknown. It may go back from `in_flight` to
 * `waiting` when the statement turned out not to have applied it. `known`: its answer is ready and will be given in a
 * moment; it has no deadline any more. `settled`: answered, whatever becomes of it.
 */
export interface Pending<O extends Operation = Operation> extends Expiring {
  readonly operation: O;
  state: 'waiting' | 'in_flight' | 'known' | 'settled';
  readonly resolve: (outcome: Outcome) => void;
  /** Ends a wait for the lease on its behalf: true when the lease is fresh. Null while there is none. */
  endWait: ((isFresh: boolean) => void) | null;
}

/**
 * Bounds how many operations are open, and answers each by its deadline.
 *
 * What an operation waits for may stay away for hours. So whoever works on it waits for the lease here, and is sent
 * home with its answer: nothing is kept of an operation that has had one.
 */
export class Admissions {
  readonly #max: number;
  readonly #meter: OwnerMeter | null;
  readonly #lease: Lease;
  readonly #deadlines: DeadlineQueue<Pending>;
  readonly #whenNoneListeners: (() => void)[] = [];
  readonly #awaitingLease = new Set<Pending>();
  #isLeaseAwaited = false;
  #open = 0;

  constructor(options: {
    readonly pendingMax: number;
    readonly clock: Clock;
    readonly lease: Lease;
    readonly meter: OwnerMeter | null;
  }) {
    this.#max = options.pendingMax;
    this.#meter = options.meter;
    this.#lease = options.lease;
    this.#deadlines = new DeadlineQueue(options.clock, (pending: Pending) => this.#expire(pending));
  }

  /** Operations admitted and not settled. */
  get open(): number {
    return this.#open;
  }

  /** Hands the admitted operation to `begin`, and resolves with what it is settled with. */
  admit<O extends Operation>(operation: O, begin: (pending: Pending<O>) => void): Promise<Outcome> {
    if (this.#lease.isHeldElsewhere()) return Promise.resolve(notBegun(operation, 'not_ready'));
    if (this.#open >= this.#max) {
      this.#meter?.shed('worker_queue');
      return Promise.resolve(notBegun(operation, 'overloaded'));
    }
    return new Promise((resolve) => {
      const { deadlineMs } = operation;
      const pending: Pending<O> = {
        operation,
        state: 'waiting',
        resolve,
        endWait: null,
        deadlineMs,
        earlier: null,
        later: null,
      };
      this.#open += 1;
      this.#deadlines.add(pending);
      begin(pending);
    });
  }

  /** True once the lease is fresh, false once the operation is settled. One such wait of an operation at a time. */
  whenFresh(pending: Pending): Promise<boolean> {
    if (pending.state === 'settled') return Promise.resolve(false);
    if (this.#lease.isFresh()) return Promise.resolve(true);
    return new Promise((resolve) => {
      pending.endWait = resolve;
      this.#awaitingLease.add(pending);
      this.#awaitLease();
    });
  }

  /** What it will be settled with has been found out: a deadline that passes before that must not call it unknown. */
  know(pending: Pending): void {
    if (pending.state === 'settled') return;
    this.#deadlines.remove(pending);
    pending.state = 'known';
  }

  /** Answers, unless the deadline has already done so. */
  settle(pending: Pending, outcome: Outcome): void {
    if (pending.state === 'settled') return;
    if (pending.state !== 'known') this.#deadlines.remove(pending);
    this.#conclude(pending, outcome);
  }

  cutDeadlinesTo(deadlineMs: number): void {
    this.#deadlines.cutTo(deadlineMs);
  }

  whenNone(): Promise<void> {
    if (this.#open === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenNoneListeners.push(resolve));
  }

  #awaitLease(): void {
    if (this.#isLeaseAwaited) return;
    this.#isLeaseAwaited = true;
    void this.#lease.whenFresh().then(() => {
      this.#isLeaseAwaited = false;
      for (const pending of this.#awaitingLease) this.#endWait(pending, true);
    });
  }

  #endWait(pending: Pending, isFresh: boolean): void {
    const { endWait } = pending;
    if (endWait === null) return;
    pending.endWait = null;
    this.#awaitingLease.delete(pending);
    endWait(isFresh);
  }

  #expire(pending: Pending): void {
    if (pending.state === 'in_flight') {
      this.#conclude(pending, failed('outcome_unknown'));
      return;
    }
    const isFresh = this.#lease.isFresh();
    if (isFresh) this.#meter?.shed('expired');
    this.#conclude(pending, notBegun(pending.operation, isFresh ? 'overloaded' : 'not_ready'));
  }

  #conclude(pending: Pending, outcome: Outcome): void {
    pending.state = 'settled';
    this.#open -= 1;
    pending.resolve(outcome);
    this.#endWait(pending, false);
    if (this.#open === 0) for (const listener of this.#whenNoneListeners.splice(0)) listener();
  }
}
