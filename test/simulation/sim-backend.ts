import type { Creation, UserId } from '../../src/domain/operation.ts';
import type { LeaseHolder } from '../../src/store/lease.ts';
import type { UserChange } from '../../src/store/ledger.ts';
import { StoreError } from '../../src/store/store-error.ts';
import type { SimServer } from './sim-server.ts';

const LOCK_TIMEOUT_MS = 100;
const IDLE_TIMEOUT_MS = 3000;

type Reply<T> = (result: T | StoreError) => void;

/** A change on its way: `executing` can still be undone, `committing` is being made durable. */
interface Running {
  phase: 'executing' | 'committing';
  readonly commit: () => void;
}

/**
 * One backend. It runs one statement at a time, and ends when its client is gone and nothing runs, when it has been
 * idle for 3 s, when it is terminated, or with the server. With it end its row locks and its lease.
 */
export class SimBackend {
  lease: LeaseHolder | null = null;
  onEnd: () => void = () => undefined;
  isAlive = true;
  readonly #server: SimServer;
  #running: Running | null = null;
  #isClientGone = false;
  #idleSinceMs: number;

  constructor(server: SimServer) {
    this.#server = server;
    this.#idleSinceMs = server.timeline.now;
    this.#endWhenIdle();
  }

  apply(round: readonly UserChange[], skipLocked: boolean, reply: Reply<ReadonlySet<UserId>>): void {
    const { tables, defects, unfit } = this.#server;
    if (this.#refusesWrite(reply)) return;
    if (round.some(({ entries }) => entries.some(({ operationId }) => unfit.has(operationId)))) {
      reply(new StoreError('rejected', 'out of range', '22003'));
      return;
    }
    if (defects.acknowledgesEarly) reply(new Set(round.map((change) => change.userId)));
    this.#locked(round, skipLocked, reply, (free) => {
      let changed: ReadonlySet<UserId> = new Set();
      this.#commit(
        () => {
          changed = new Set(free.filter((change) => tables.apply(change)).map((change) => change.userId));
        },
        () => reply(changed),
      );
    });
  }

  create(creations: readonly Creation[], reply: Reply<ReadonlySet<UserId>>): void {
    if (this.#refusesWrite(reply)) return;
    let created: ReadonlySet<UserId> = new Set();
    this.#commit(
      () => {
        created = this.#server.tables.createAll(creations);
      },
      () => reply(created),
    );
  }

  /** A commit that changes nothing. */
  confirmDurable(reply: Reply<void>): void {
    if (this.#refusesWrite(reply)) return;
    this.#commit(
      () => undefined,
      () => reply(undefined),
    );
  }

  /** A statement that only reads. */
  read<T>(look: () => T | StoreError, reply: Reply<T>): void {
    this.#idleSinceMs = this.#server.timeline.now;
    reply(look());
  }

  clientGone(): void {
    this.#isClientGone = true;
    if (this.#running === null) this.#end();
  }

  /** What is being committed goes through all the same; its client does not hear of it. */
  terminate(): void {
    if (this.#running?.phase === 'committing') this.#running.commit();
    this.#end();
  }

  /** The server has died: what was being committed had reached the log, or had not. */
  crash(): void {
    if (this.#running?.phase === 'committing' && this.#server.random.chance(0.5)) this.#running.commit();
    this.#end();
  }

  #refusesWrite(reply: (error: StoreError) => void): boolean {
    this.#idleSinceMs = this.#server.timeline.now;
    const { weather, random } = this.#server;
    if (weather.isReadOnly) reply(new StoreError('not_applied', 'read-only', '25006'));
    else if (random.chance(weather.diskFull)) reply(new StoreError('not_applied', 'disk full', '53100'));
    else return false;
    return true;
  }

  #locked(
    round: readonly UserChange[],
    skipLocked: boolean,
    reply: (error: StoreError) => void,
    go: (free: readonly UserChange[]) => void,
  ): void {
    const endsAtMs = this.#server.timeline.now + LOCK_TIMEOUT_MS;
    const waiting: Running = { phase: 'executing', commit: () => undefined };
    this.#running = waiting;
    const look = () => {
      if (!this.isAlive || this.#running !== waiting) return;
      const free = this.#server.lockRows(this, round, skipLocked);
      if (free !== null) return go(free);
      this.#server.onRelease(look);
    };
    this.#server.timeline.after(endsAtMs - this.#server.timeline.now, () => {
      if (this.#running !== waiting) return;
      this.#finish();
      reply(new StoreError('locked', 'a row is locked', '55P03'));
    });
    look();
  }

  /** `make` takes effect at the end of the commit, for all at once; `done` answers. */
  #commit(make: () => void, done: () => void): void {
    const { timeline, random, weather } = this.#server;
    const running: Running = { phase: 'executing', commit: make };
    this.#running = running;
    timeline.after(random.between(0.05, 0.4), () => {
      if (this.#running !== running) return;
      running.phase = 'committing';
      timeline.after(random.between(0.1, weather.commitMaxMs), () => {
        if (this.#running !== running) return;
        make();
        this.#finish();
        done();
      });
    });
  }

  #finish(): void {
    this.#running = null;
    this.#idleSinceMs = this.#server.timeline.now;
    this.#server.unlockRows(this);
    if (this.#isClientGone) this.#end();
  }

  #endWhenIdle(): void {
    const { timeline } = this.#server;
    timeline.after(this.#idleSinceMs + IDLE_TIMEOUT_MS - timeline.now, () => {
      if (!this.isAlive) return;
      // Half a millisecond of grace, since sums of fractions are not exact.
      const isIdle = this.#running === null && timeline.now - this.#idleSinceMs > IDLE_TIMEOUT_MS - 0.5;
      if (isIdle) return this.#end();
      if (this.#running !== null) this.#idleSinceMs = timeline.now;
      this.#endWhenIdle();
    });
  }

  #end(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.#running = null;
    this.lease = null;
    this.#server.forget(this);
    this.onEnd();
  }
}
