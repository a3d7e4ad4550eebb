import type { Creation } from '../domain/operation.ts';
import type { Inspection, LedgerWriter } from '../store/ledger.ts';
import { StoreError, toStoreError } from '../store/store-error.ts';
import type { Clock } from '../time/clock.ts';
import type { Pending } from './admissions.ts';
import { RoundPace } from './round-pace.ts';

/** Users created in one statement. */
const BATCH_MAX = 256;

/** What earlier sendings of a creation have brought. */
export interface Sendings {
  /** One of them may have created the user. */
  readonly mayBeOurs: boolean;
  /** Somebody was creating the same user and had not committed. */
  readonly wasLocked: boolean;
}

interface Enlisted extends Sendings {
  readonly pending: Pending<Creation>;
  readonly resolve: (found: Inspection | null) => void;
  readonly reject: (error: StoreError) => void;
}

/**
 * Creates users in batches of one statement each, one batch at a time: however many creations come, a round of changes
 * waits for one of their statements.
 *
 * A batch that met a lock is halved until those stand alone who wait for somebody else's transaction. That takes the
 * lock timeout each time, so only one such group is tried between two batches, and those alone come last.
 */
export class Creations {
  readonly #writer: LedgerWriter;
  readonly #clock: Clock;
  readonly #pace = new RoundPace();
  readonly #enlisted: Enlisted[] = [];
  readonly #locked: (readonly Enlisted[])[] = [];
  #isRunning = false;

  constructor(options: { readonly writer: LedgerWriter; readonly clock: Clock }) {
    this.#writer = options.writer;
    this.#clock = options.clock;
  }

  /** Ms until a creation would be committed that came now. */
  foresee(): number {
    const ahead = this.#enlisted.length / BATCH_MAX;
    return this.#pace.foresee({ isRunning: this.#isRunning, usersInRounds: ahead, openInRounds: 0, ownInRounds: 0 });
  }

  /**
   * Null when the user was created; what is there when it existed, which is durable where it may be answered with
   * "created". The creation is in flight while it may yet be applied. Throws StoreError.
   */
  create(pending: Pending<Creation>, sendings: Sendings): Promise<Inspection | null> {
    return new Promise((resolve, reject) => {
      const enlisted = { ...sendings, pending, resolve, reject };
      if (sendings.wasLocked) this.#locked.push([enlisted]);
      else this.#enlisted.push(enlisted);
      if (this.#isRunning) return;
      this.#isRunning = true;
      this.#clock.soon(() => void this.#run());
    });
  }

  async #run(): Promise<void> {
    while (this.#enlisted.length > 0 || this.#locked.length > 0) {
      const startedAtMs = this.#clock.now();
      await this.#send(this.#enlisted.splice(0, BATCH_MAX));
      await this.#send(this.#locked.shift() ?? []);
      this.#pace.took(this.#clock.now() - startedAtMs);
    }
    this.#isRunning = false;
  }

  async #send(group: readonly Enlisted[]): Promise<void> {
    const open = group.filter((enlisted) => !giveUp(enlisted));
    // Each user once in a statement: the first who wants it. The others find what that one has made.
    const firsts = new Map(open.toReversed().map((enlisted) => [enlisted.pending.operation.userId, enlisted]));
    const batch = [...firsts.values()];
    if (batch.length === 0) return;
    const others = open.filter((enlisted) => firsts.get(enlisted.pending.operation.userId) !== enlisted);
    for (const { pending } of batch) pending.state = 'in_flight';
    try {
      const created = await this.#writer.create(batch.map(({ pending }) => pending.operation));
      const isCreated = ({ pending }: Enlisted) => created.has(pending.operation.userId);
      for (const enlisted of batch) if (isCreated(enlisted)) enlisted.resolve(null);
      await this.#inspect([...batch.filter((enlisted) => !isCreated(enlisted)), ...others]);
    } catch (thrown) {
      const error = toStoreError(thrown);
      for (const { reject } of others) reject(new StoreError('not_applied', error.message));
      await this.#settleFailure(batch, error);
    }
  }

  /** Finds out what is there instead. This sending has certainly created none of them. */
  async #inspect(existing: readonly Enlisted[]): Promise<void> {
    if (existing.length === 0) return;
    for (const enlisted of existing) comeBack(enlisted);
    try {
      const found = await this.#writer.inspectOpenings(existing.map(({ pending }) => pending.operation));
      const mayBeAnsweredCreated = ({ mayBeOurs, pending }: Enlisted) =>
        mayBeOurs || pending.operation.idempotencyKey !== null;
      if (existing.some(mayBeAnsweredCreated)) await this.#writer.confirmDurable();
      for (const { pending, resolve } of existing) resolve(found.get(pending.operation.userId) ?? NOTHING);
    } catch (thrown) {
      const error = new StoreError('not_applied', toStoreError(thrown).message);
      for (const { reject } of existing) reject(error);
    }
  }

  async #settleFailure(batch: readonly Enlisted[], error: StoreError): Promise<void> {
    if (error.failure !== 'unknown') for (const enlisted of batch) comeBack(enlisted);
    const middle = Math.ceil(batch.length / 2);
    const halves = [batch.slice(0, middle), batch.slice(middle)];
    if (batch.length > 1 && error.failure === 'locked') this.#locked.unshift(...halves);
    else if (batch.length > 1 && error.failure === 'rejected') for (const half of halves) await this.#send(half);
    else for (const { reject } of batch) reject(error);
  }
}

const NOTHING: Inspection = { account: null, entries: [] };

/** True for a creation that was answered meanwhile, and so must not be sent. */
function giveUp({ pending, reject }: Enlisted): boolean {
  if (pending.state !== 'settled') return false;
  reject(new StoreError('not_applied', 'its deadline has passed'));
  return true;
}

/** Its sending turned out not to have created the user; an earlier one may have. */
function comeBack({ pending, mayBeOurs }: Enlisted): void {
  if (pending.state === 'in_flight' && !mayBeOurs) pending.state = 'waiting';
}
