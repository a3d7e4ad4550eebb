import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { AcceptedCredentials } from '../access/credentials.ts';
import type { Config } from '../config.ts';
import type { StateChanges } from '../observability/state-changes.ts';
import type { WorkerAggregate } from '../observability/worker-aggregate.ts';
import { LAUNCHER_TAG_MAX } from '../store/lease.ts';
import type { Clock } from '../time/clock.ts';
import type { LauncherMessage } from './messages.ts';
import type { SharedPort } from './shared-port.ts';
import { type Member, Slot } from './slot.ts';
import { Spare } from './spare.ts';

/** A worker has answered all it had by then, since it cuts its deadlines to 4 s. */
const DRAIN_WITHIN_MS = 4600;
const STOP_WITHIN_MS = 300;
/**
 * Handles of the port that each worker gets, see `Acceptors`. Measured behind 2,000 busy callers: 500 newcomers took 14 s
 * with 1, 1.0 s with 16, 0.5 s with 64; but all handles wake for each connection, and with 64 an idle worker served
 * connections of one request at two thirds of the rate. With 16 no difference was seen.
 */
const ACCEPTORS = 16;
/** For each step of the replacement of one worker. */
const REPLACE_WITHIN_MS = 15_000;

export interface LauncherOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly credentials: AcceptedCredentials | null;
  readonly port: SharedPort;
  /** Where the workers' sockets are made; it must outlive `close`. */
  readonly socketFolder: string;
  readonly clock: Clock;
  /** Hears of everything that changes. */
  readonly changes: StateChanges;
  /** Hears of every worker. */
  readonly workers: WorkerAggregate;
  /** Called once: every slot has its owner. */
  readonly onReady: () => void;
  /** Called once: another launcher serves the database. */
  readonly onStandby: () => void;
  /** The workers cannot work. */
  readonly onFailed: (reason: string) => void;
}

/** Forks the workers, one per slot, keeps them alive, and tells them of each other. */
export class Launcher {
  readonly #options: LauncherOptions;
  readonly #tag = randomInt(1, LAUNCHER_TAG_MAX + 1);
  readonly #peerPaths: (string | null)[];
  readonly #slots: readonly Slot[];
  readonly #spare = new Spare();
  #credentials: AcceptedCredentials | null;
  #isClosing = false;
  #isReady = false;
  #hasBeenReady = false;
  #hasStoodBy = false;
  #rolling: Promise<void> | null = null;

  constructor(options: LauncherOptions) {
    this.#options = options;
    this.#credentials = options.credentials;
    this.#peerPaths = Array.from({ length: options.config.workers }, () => null);
    this.#slots = this.#peerPaths.map((_, slot) => this.#createSlot(slot));
  }

  /** Slots whose worker holds its lease: none while another launcher serves the database. */
  get ownedSlots(): number {
    return this.#slots.filter((slot) => slot.isOwned).length;
  }

  start(): void {
    for (const slot of this.#slots) slot.open();
  }

  /** From now on these are accepted, and no others. Workers that run hear it now, others when they start. */
  accept(credentials: AcceptedCredentials | null): void {
    this.#credentials = credentials;
    this.#tellAll({ kind: 'credentials', credentials });
  }

  /** Replaces every worker by a new process, one after the other. A call while that goes on joins it. */
  roll(): Promise<void> {
    this.#rolling ??= this.#rollAll().finally(() => {
      this.#rolling = null;
    });
    return this.#rolling;
  }

  /** Answers every request that was admitted, and ends every worker. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#spare.close();
    await Promise.all(this.#slots.map((slot) => slot.drain(DRAIN_WITHIN_MS)));
    // Only now: until here any worker may have needed any other.
    await Promise.all(this.#slots.map((slot) => slot.stop(STOP_WITHIN_MS)));
  }

  #createSlot(slot: number): Slot {
    const { changes, clock, onFailed, workers } = this.#options;
    return new Slot({
      slot,
      clock,
      changes,
      workers,
      fork: () => this.#spare.take(),
      start: (member) => this.#startMember(slot, member),
      onOwnerChange: (owner) => this.#ownerChanged(slot, owner),
      onStandby: () => this.#standBy(),
      onFailed,
    });
  }

  #startMember(slot: number, member: Member): void {
    const { config, databaseUrl, port } = this.#options;
    const message: LauncherMessage = {
      kind: 'start',
      config,
      databaseUrl,
      credentials: this.#credentials,
      launcherTag: this.#tag,
      slot,
      peerPath: this.#peerPathOf(slot, member),
      peerPaths: this.#peerPaths,
    };
    const { process } = member.process;
    for (let i = 0; i < ACCEPTORS; i += 1) process.send({ kind: 'acceptor' } satisfies LauncherMessage, port.handle);
    process.send(message);
  }

  #ownerChanged(slot: number, owner: Member | null): void {
    if (owner !== null) {
      this.#options.changes.tell('worker_serves', { slot, workerPid: owner.pid });
      const path = this.#peerPathOf(slot, owner);
      this.#peerPaths[slot] = path;
      this.#tellAll({ kind: 'peer', slot, path });
    }
    const isReady = this.#slots.every((each) => each.isOwned);
    // A worker that was forked meanwhile has not heard it yet, so it is told again at every change.
    this.#tellAll({ kind: 'ready', isReady });
    if (isReady !== this.#isReady && !this.#isClosing) {
      this.#options.changes.tell(isReady ? 'service_ready' : 'service_not_ready');
    }
    this.#isReady = isReady;
    if (!isReady || this.#isClosing) return;
    if (!this.#hasBeenReady) this.#options.onReady();
    this.#hasBeenReady = true;
    this.#spare.prepare();
  }

  #standBy(): void {
    if (this.#hasStoodBy) return;
    this.#hasStoodBy = true;
    this.#options.onStandby();
  }

  async #rollAll(): Promise<void> {
    for (const [index, slot] of this.#slots.entries()) {
      const isReplaced = await slot.replace(REPLACE_WITHIN_MS);
      this.#options.changes.tell(isReplaced ? 'worker_replaced' : 'worker_not_replaced', { slot: index });
    }
  }

  #peerPathOf(slot: number, member: Member): string {
    return join(this.#options.socketFolder, `${slot}-${member.generation}.sock`);
  }

  #tellAll(message: LauncherMessage): void {
    for (const slot of this.#slots) slot.tell(message);
  }
}
