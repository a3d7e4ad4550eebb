import {
  type Amount,
  HOP_GRACE_MS,
  type Operation,
  type OperationId,
  type UserId,
} from '../../src/domain/operation.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import type { Call, CallResult } from '../history/history.ts';
import type { SimLauncher } from './sim-launcher.ts';
import type { SimWorker } from './sim-worker.ts';
import type { World } from './world.ts';

/** A short one meets more statements on their way. */
const TIMEOUTS_MS = [500, 1500, 5000];
/** Sendings of one keyed request. */
const SENDINGS_MAX = 6;

export interface Request {
  readonly userId: UserId;
  /** 0 asks for the balance. */
  readonly amount: number;
  readonly key: string | null;
  /** PostgreSQL refuses its data. */
  readonly isUnfit?: boolean;
}

export interface RecordedCall extends Call {
  readonly userId: UserId;
  readonly operationId: OperationId;
}

/** What became of an operation that was sent: `lost` with the worker, or `unsent` since nobody took it. */
export type Answer = Outcome | 'lost' | 'unsent';

export interface Exchange {
  readonly operationId: OperationId;
  readonly invokedMs: number;
  readonly answer: Answer;
}

/** A request that waits for its answer, with the worker it was sent to. */
interface Open {
  readonly worker: SimWorker;
  readonly settle: (answer: Answer) => void;
}

/** Sends requests to any worker that takes them, as load balancers do, and records what came back. */
export class SimCallers {
  readonly calls: RecordedCall[] = [];
  /** What was not answered in time by a worker that ran all the while. */
  readonly overdue: string[] = [];
  readonly #world: World;
  readonly #launchers: () => readonly SimLauncher[];
  readonly #timeoutMs: number;
  readonly #open = new Set<Open>();
  #keys = 0;

  constructor(world: World, launchers: () => readonly SimLauncher[]) {
    this.#world = world;
    this.#launchers = launchers;
    this.#timeoutMs = world.random.pick(TIMEOUTS_MS);
  }

  nextKey(): string {
    this.#keys += 1;
    return `key-${this.#keys}`;
  }

  /** Sends a keyed request again until it has a verdict, others once. Resolves with the last result. */
  async send(request: Request): Promise<CallResult> {
    for (let sending = 1; ; sending += 1) {
      const { operationId, invokedMs, answer } = await this.exchange((id, deadlineMs) => {
        if (request.isUnfit) this.#world.server.unfit.add(id);
        return operationOf(request, id, deadlineMs);
      });
      const result = resultOf(answer, this.#world);
      if (answer !== 'unsent') this.#record(request, operationId, invokedMs, result);
      if (!isWorthSendingAgain(answer) || request.key === null || sending === SENDINGS_MAX) return result;
      await this.pause(this.#world.random.between(10, 400));
    }
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#world.timeline.after(ms, resolve));
  }

  /** Resolves when no request is open at this worker. */
  async whenDrained(worker: SimWorker): Promise<void> {
    while ([...this.#open].some((open) => open.worker === worker) && worker.process.isAlive) await this.pause(20);
  }

  /** Sends one operation to any worker that takes requests. */
  async exchange(make: (id: OperationId, deadlineMs: number) => Operation): Promise<Exchange> {
    const { random, timeline } = this.#world;
    const invokedMs = timeline.now;
    const operationId = this.#world.nextOperationId();
    const worker = this.#anyWorker();
    if (worker === null) {
      await this.pause(1);
      return { operationId, invokedMs, answer: 'unsent' };
    }
    const answer = await new Promise<Answer>((resolve) => {
      const settle = (answer: Answer) => {
        if (this.#open.delete(open)) resolve(answer);
      };
      const open: Open = { worker, settle };
      this.#open.add(open);
      worker.process.onExit(() => settle('lost'));
      worker.process.deliver(random.between(0.05, 0.5), () => {
        const operation = make(operationId, timeline.now + this.#timeoutMs - HOP_GRACE_MS);
        void worker
          .handle(operation)
          .then((outcome) => worker.process.deliver(random.between(0.05, 0.5), () => settle(outcome)));
      });
    });
    const isLate = timeline.now - invokedMs > this.#timeoutMs + 5;
    if (isLate && worker.process.hasRunSince(invokedMs)) {
      this.overdue.push(`${operationId} was answered after ${timeline.now - invokedMs} ms`);
    }
    return { operationId, invokedMs, answer };
  }

  #anyWorker(): SimWorker | null {
    const workers = this.#launchers().flatMap((launcher) => launcher.workers);
    const taking = workers.filter((worker) => worker.process.isAlive && worker.isTakingRequests);
    return taking.length === 0 ? null : this.#world.random.pick(taking);
  }

  #record(request: Request, operationId: OperationId, invokedMs: number, result: CallResult): void {
    const { userId, amount, key } = request;
    this.calls.push({
      userId,
      operationId,
      operation: key === null ? operationId : operationOfKey(key, amount),
      isKeyed: key !== null,
      amount,
      invokedMs,
      completedMs: this.#world.timeline.now,
      result,
    });
  }
}

/** One key used for two amounts names two operations. */
export const operationOfKey = (key: string, amount: number): string => `${key}:${amount}`;

function operationOf({ userId, amount, key }: Request, id: OperationId, deadlineMs: number): Operation {
  if (amount === 0) return { kind: 'balance', userId, deadlineMs };
  return {
    kind: 'change',
    id,
    userId,
    amount: amount as Amount,
    idempotencyKey: key,
    isRetry: false,
    deadlineMs,
  };
}

export const isWorthSendingAgain = (answer: Answer): boolean => typeof answer === 'string' || answer.kind === 'failed';

function resultOf(outcome: Answer, world: World): CallResult {
  if (outcome === 'lost') return { kind: 'unknown' };
  if (outcome === 'unsent') return { kind: 'not_applied' };
  switch (outcome.kind) {
    case 'changed': {
      if (outcome.replayed) world.counters.count('replayed');
      const { operationId, balance, version, replayed } = outcome;
      return { kind: 'done', operationId, balance, version, replayed };
    }
    case 'refused': {
      world.counters.count('refused');
      const { code, balance, version, replayed } = outcome;
      return { kind: 'refused', code, balance, version, replayed };
    }
    case 'balance':
      return { kind: 'read', balance: outcome.balance, version: outcome.version };
    case 'failed':
      world.counters.count(outcome.code);
      return { kind: outcome.code === 'outcome_unknown' ? 'unknown' : 'not_applied' };
    case 'rejected':
      world.counters.count(outcome.code);
      return { kind: 'not_applied' };
    default:
      throw new TypeError(`an outcome of kind ${outcome.kind} was not asked for`);
  }
}
