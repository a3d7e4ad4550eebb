import type { Logger } from './logger.ts';

/** Everything that is told of as a change of state: its level in the log, and the words. */
const CHANGES = {
  starting: ['info', 'starting'],
  worker_started: ['info', 'a worker has started'],
  worker_serves: ['info', 'a worker owns its slot'],
  worker_stands_by: ['info', 'a worker stands by: another launcher serves the database'],
  worker_lost_lease: ['warn', 'a worker has lost its session with the database, and its lease'],
  worker_died: ['warn', 'a worker has died'],
  worker_drains: ['info', 'a worker takes no more requests'],
  worker_drained: ['info', 'a worker has answered everything'],
  worker_ended: ['info', 'a worker has ended'],
  worker_killed: ['warn', 'a worker did not end in time and is killed'],
  worker_hangs: ['warn', 'a worker hangs and is killed'],
  service_ready: ['info', 'every slot has its owner'],
  service_not_ready: ['warn', 'a slot has no owner'],
  worker_replaced: ['info', 'rolling restart: a worker was replaced'],
  worker_not_replaced: ['warn', 'rolling restart: a worker could not be replaced in time'],
  credentials_read: ['info', 'the credentials were read anew'],
  stopping: ['info', 'stopping'],
  stopped: ['info', 'stopped'],
} as const satisfies Readonly<Record<string, readonly ['info' | 'warn', string]>>;

export type StateChangeKind = keyof typeof CHANGES;
export const STATE_CHANGE_KINDS = Object.keys(CHANGES) as readonly StateChangeKind[];

export interface StateChange {
  readonly kind: StateChangeKind;
  /** Wall-clock ms since 1970. */
  readonly atMs: number;
  /** For a person. */
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const KEPT_MAX = 50;

/** What has changed in the state of the service: each is logged, counted, and kept for a while. */
export class StateChanges {
  readonly #log: Pick<Logger, 'info' | 'warn'>;
  readonly #wallNow: () => number;
  readonly #recent: StateChange[] = [];
  readonly #counts = new Map<StateChangeKind, number>(STATE_CHANGE_KINDS.map((kind) => [kind, 0]));

  constructor(log: Pick<Logger, 'info' | 'warn'>, clock: { wallNow(): number }) {
    this.#log = log;
    this.#wallNow = () => clock.wallNow();
  }

  /** The newest 50, oldest first. */
  get recent(): readonly StateChange[] {
    return this.#recent;
  }

  /** How often each kind has come. */
  get counts(): ReadonlyMap<StateChangeKind, number> {
    return this.#counts;
  }

  tell(kind: StateChangeKind, fields: Readonly<Record<string, unknown>> = {}): void {
    const [level, message] = CHANGES[kind];
    this.#log[level](fields, message);
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    this.#recent.push({ kind, atMs: this.#wallNow(), message, fields });
    if (this.#recent.length > KEPT_MAX) this.#recent.shift();
  }
}
