import { Mutex } from 'async-mutex';
import type { Creation } from '../domain/operation.ts';
import type { LedgerWriter } from '../store/ledger.ts';
import { StoreError, toStoreError } from '../store/store-error.ts';
import type { Clock } from '../time/clock.ts';
import type { Pending } from './admissions.ts';
import { RoundPace } from './round-pace.ts';

/** Users created in one statement. */
const BATCH_MAX = 256;

interface Enlisted {
  readonly pending: Pending<Creation>;
  readonly resolve: (isCreated: boolean) => void;
  readonly reject: (error: StoreError) => void;
}

/**
 * Creates users in batches of one statement each, one batch at a time: however many creations come, a round of changes
 * waits for one of their statements, and one of their lookups.
 */
export class Creations {
  readonly #writer: Pick<LedgerWriter, 'create'>;
  readonly #clock: Clock;
  readonly #pace = new RoundPace();
  readonly #lookup = new Mutex();
  #enlisted: Enlisted[] = [];
  #isRunning = false;

  constructor(options: { readonly writer: Pick<LedgerWriter, 'create'>; readonly clock: Clock }) {
    this.#writer = options.writer;
    this.#clock = options.clock;
  }

  /** Ms until a creation would be committed that came now. */
  foresee(): number {
    const ahead = this.#enlisted.length / BATCH_MAX;
    return this.#pace.foresee({ isRunning: this.#isRunning, usersInRounds: ahead, openInRounds: 0, ownInRounds: 0 });
  }

  /** False when the user exists. Marks the creation as in flight once it is sent. Throws StoreError. */
  create(pending: Pending<Creation>): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#enlisted.push({ pending, resolve, reject });
      if (this.#isRunning) return;
      this.#isRunning = true;
      this.#clock.soon(() => void this.#run());
    });
  }

  /** Runs one lookup of a creation in the writer's session, after those before it. */
  lookUp<T>(task: () => Promise<T>): Promise<T> {
    return this.#lookup.runExclusive(task);
  }

  async #run(): Promise<void> {
    while (this.#enlisted.length > 0) await this.#send(this.#gather());
    this.#isRunning = false;
  }

  #gather(): readonly Enlisted[] {
    const batch: Enlisted[] = [];
    let taken = 0;
    for (const enlisted of this.#enlisted) {
      if (batch.length >= BATCH_MAX) break;
      taken += 1;
      if (enlisted.pending.state === 'settled') {
        enlisted.reject(new StoreError('not_applied', 'its deadline has passed'));
        continue;
      }
      enlisted.pending.state = 'in_flight';
      batch.push(enlisted);
    }
    this.#enlisted = this.#enlisted.slice(taken);
    return batch;
  }

  /** A batch that fails because of one is halved until that one stands alone. */
  async #send(batch: readonly Enlisted[]): Promise<void> {
    if (batch.length === 0) return;
    try {
      const sentAtMs = this.#clock.now();
      const created = await this.#writer.create(batch.map(({ pending }) => pending.operation));
      this.#pace.took(this.#clock.now() - sentAtMs);
      for (const { pending, resolve } of batch) resolve(created.has(pending.operation.userId));
    } catch (thrown) {
      const error = toStoreError(thrown);
      const isOfOne = error.failure === 'rejected' || error.failure === 'locked';
      if (batch.length === 1 || !isOfOne) {
        for (const { reject } of batch) reject(error);
        return;
      }
      const middle = Math.ceil(batch.length / 2);
      await this.#send(batch.slice(0, middle));
      await this.#send(batch.slice(middle));
    }
  }
}
