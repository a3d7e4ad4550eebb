import type { OperationId, UserId } from '../../src/domain/operation.ts';
import type { LeaseAnswer, LeaseHolder } from '../../src/store/lease.ts';
import { FRESH_FOR_MS } from '../../src/store/lease.ts';
import type { UserChange } from '../../src/store/ledger.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { LedgerTables } from '../support/ledger-tables.ts';
import type { Random } from '../support/random.ts';
import { SimBackend } from './sim-backend.ts';
import { EPOCH_MS } from './sim-process.ts';
import type { Timeline } from './timeline.ts';

/** How the server departs from what it promises; for planted defects only. */
export interface ServerDefects {
  readonly tables?: new (wallNow: () => number) => LedgerTables;
  /** Answers a round when its execution begins. */
  readonly acknowledgesEarly?: boolean;
  /** Grants every lease. */
  readonly grantsEveryLease?: boolean;
}

/** How long the next commits take, and what becomes of the statements: set by faults. */
export interface ServerWeather {
  commitMaxMs: number;
  isReadOnly: boolean;
  /** The chance for each statement that there is no room for what it writes. */
  diskFull: number;
}

const CLOCK_SKEW_MS = 2000;

/** What of PostgreSQL matters here: tables, row locks, commits that take time, backends, leases, notifications. */
export class SimServer {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly defects: ServerDefects;
  readonly tables: LedgerTables;
  readonly weather: ServerWeather = { commitMaxMs: 0.6, isReadOnly: false, diskFull: 0 };
  /** Operations whose data PostgreSQL refuses, whenever they are sent. */
  readonly unfit = new Set<OperationId>();
  /** When plain SQL has committed what, by user and version. */
  readonly outsideCommits = new Map<string, number>();
  isUp = true;
  readonly #backends = new Set<SimBackend>();
  readonly #rowHolders = new Map<UserId, object>();
  readonly #listeners = new Set<(userId: UserId) => void>();
  #lockWaiters: (() => void)[] = [];
  #tenure: { readonly launcherTag: number; readonly sinceMs: number } | null = null;

  constructor(timeline: Timeline, random: Random, defects: ServerDefects) {
    this.timeline = timeline;
    this.random = random;
    this.defects = defects;
    // The clock of another machine.
    const skewMs = random.between(-CLOCK_SKEW_MS, CLOCK_SKEW_MS);
    const Tables = defects.tables ?? LedgerTables;
    this.tables = new Tables(() => Math.floor(EPOCH_MS + timeline.now + skewMs));
  }

  connect(): SimBackend | null {
    if (!this.isUp) return null;
    const backend = new SimBackend(this);
    this.#backends.add(backend);
    return backend;
  }

  forget(backend: SimBackend): void {
    this.#backends.delete(backend);
    this.unlockRows(backend);
  }

  get backends(): readonly SimBackend[] {
    return [...this.#backends];
  }

  /** The users of the round whose rows `holder` has now; null while somebody else holds one that it must wait for. */
  lockRows(holder: object, round: readonly UserChange[], skipLocked: boolean): readonly UserChange[] | null {
    const isFree = ({ userId }: UserChange) => (this.#rowHolders.get(userId) ?? holder) === holder;
    if (!skipLocked && !round.every(isFree)) return null;
    const free = round.filter(isFree);
    for (const { userId } of free) this.#rowHolders.set(userId, holder);
    return free;
  }

  /** Calls back once, when rows may have become free. */
  onRelease(listener: () => void): void {
    this.#lockWaiters.push(listener);
  }

  unlockRows(holder: object): void {
    for (const [userId, owner] of this.#rowHolders) if (owner === holder) this.#rowHolders.delete(userId);
    for (const listener of this.#lockWaiters.splice(0)) listener();
  }

  /** Somebody with psql changes a balance. False when the row is locked or the CHECK refuses. */
  changeFromOutside(userId: UserId, amount: number): boolean {
    if (!this.isUp || this.weather.isReadOnly || this.#rowHolders.has(userId)) return false;
    if (!this.tables.changeFromOutside(userId, amount)) return false;
    this.outsideCommits.set(`${userId}:${this.tables.account(userId)?.version}`, this.timeline.now);
    for (const listener of this.#listeners) listener(userId);
    return true;
  }

  listen(listener: (userId: UserId) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** As src/store/lease.ts asks PostgreSQL. */
  tryLease(asker: SimBackend, holder: LeaseHolder): LeaseAnswer | StoreError {
    if (this.weather.isReadOnly) return new StoreError('not_applied', 'read-only', '25006');
    if (this.defects.grantsEveryLease) return { kind: 'held', waitMs: 0 };
    const held = [...this.#backends].filter((backend) => backend.lease !== null && backend !== asker);
    if (held.some((backend) => backend.lease?.launcherTag !== holder.launcherTag)) return { kind: 'standing_by' };
    const earlier = held.find((backend) => backend.lease?.slot === holder.slot);
    if (earlier !== undefined) {
      earlier.terminate();
      return { kind: 'busy' };
    }
    asker.lease = holder;
    return { kind: 'held', waitMs: this.#takeTenure(holder.launcherTag) };
  }

  #takeTenure(launcherTag: number): number {
    const { now } = this.timeline;
    if (this.#tenure === null) this.#tenure = { launcherTag, sinceMs: Number.NEGATIVE_INFINITY };
    else if (this.#tenure.launcherTag !== launcherTag) this.#tenure = { launcherTag, sinceMs: now };
    return Math.max(0, FRESH_FOR_MS - (now - this.#tenure.sinceMs));
  }

  /** Every connection breaks, and what was being committed is in the log or not. */
  crash(): void {
    this.isUp = false;
    for (const backend of [...this.#backends]) backend.crash();
    this.#rowHolders.clear();
  }
}
