import type { Worker } from 'node:cluster';
import type { StateChangeKind, StateChanges } from '../observability/state-changes.ts';
import type { WorkerAggregate, WorkerIdentity, WorkerState } from '../observability/worker-aggregate.ts';
import type { WriterSessionState } from '../store/writer-session.ts';
import type { Clock } from '../time/clock.ts';
import { ALIVE_EVERY_MS, type LauncherMessage, type WorkerMessage } from './messages.ts';
import type { Forked } from './spare.ts';

const STATES = {
  connecting: 'connecting',
  standing_by: 'standing_by',
  held: 'serving',
  closed: 'ending',
} as const satisfies Readonly<Record<WriterSessionState, WorkerState>>;

/** A worker that lived at least this long was well: the next failure starts the backoff anew. */
const WELL_AFTER_MS = 5000;
const RESPAWN_FIRST_MS = 100;
const RESPAWN_MAX_MS = 5000;
/**
 * A worker that says nothing for so many looks, one each `ALIVE_EVERY_MS`, is stuck: its users would wait for it for ever.
 * Looks are counted, not time: when the whole machine stands still nobody has missed one.
 */
const SILENT_LOOKS_MAX = 10;
/** The same for one that has not come up yet: loading its modules takes 0.3 s, and longer on a machine that is busy. */
const STARTING_LOOKS_MAX = 60;

export interface SlotOptions {
  readonly slot: number;
  readonly clock: Clock;
  readonly changes: Pick<StateChanges, 'tell'>;
  readonly workers: Pick<WorkerAggregate, 'joined' | 'stateChanged' | 'sampled' | 'left'>;
  readonly fork: () => Forked;
  /** Sends `start`, with the port, to a worker that has come up. */
  readonly start: (member: Member) => void;
  /** The slot has an owner now, or has lost it. */
  readonly onOwnerChange: (owner: Member | null) => void;
  readonly onStandby: () => void;
  /** A worker says that neither it nor a successor can work. */
  readonly onFailed: (reason: string) => void;
}

/** A process of a slot, and what it has said of itself. */
export interface Member extends WorkerIdentity {
  readonly process: Worker;
  readonly forkedMs: number;
  /** It hears messages. */
  isUp: boolean;
  isListening: boolean;
  holdsLease: boolean;
  isDrained: boolean;
  /** Looks since it was last heard. */
  silentLooks: number;
  isDebugged: boolean;
}

/**
 * One share of the users, and the processes that serve it in turn.
 *
 * The owner holds the lease, or is about to. When it dies another is forked in its place: at once the first time, then
 * with a growing backoff; one that hangs is killed. A replacement is orderly: a successor is forked beside the owner and
 * listens; the owner drains and exits; then the successor is told to own the slot.
 */
export class Slot {
  readonly #options: SlotOptions;
  #owner: Member | null = null;
  #successor: Member | null = null;
  #generation = 0;
  #failures = 0;
  #isClosing = false;
  #watchers: (() => void)[] = [];
  #cancelLook: (() => void) | null = null;

  constructor(options: SlotOptions) {
    this.#options = options;
  }

  get isOwned(): boolean {
    return this.#owner?.holdsLease === true;
  }

  /** Forks the first owner. */
  open(): void {
    this.#forkOwner();
    this.#watchForSilence();
  }

  tell(message: LauncherMessage): void {
    for (const member of this.#members()) send(member, message);
  }

  /** Replaces the owner by a new process. False when that did not succeed within `withinMs`; a live owner goes on. */
  async replace(withinMs: number): Promise<boolean> {
    const owner = this.#owner;
    if (owner === null || this.#isClosing || this.#successor !== null) return false;
    const successor = this.#fork();
    this.#successor = successor;
    await this.#until(() => successor.isListening || this.#successor !== successor, withinMs);
    if (!successor.isListening) {
      // When the owner died meanwhile, it is the owner now.
      if (this.#successor === successor) this.#kill(successor);
      return false;
    }
    this.#drain(owner);
    await this.#until(() => owner.isDrained || this.#owner !== owner, withinMs);
    send(owner, { kind: 'stop' });
    await this.#until(() => this.#owner !== owner, withinMs);
    if (this.#owner === owner) this.#kill(owner);
    return this.#until(() => this.isOwned, withinMs);
  }

  /** Resolves when no process of the slot has a request open. */
  async drain(withinMs: number): Promise<void> {
    this.#close();
    for (const member of this.#members()) if (!member.isUp) member.process.kill('SIGKILL');
    for (const member of this.#members()) this.#drain(member);
    await this.#until(() => this.#members().every((member) => member.isDrained), withinMs);
  }

  /** Ends every process of the slot, by force when it does not end by itself. */
  async stop(withinMs: number): Promise<void> {
    this.#close();
    this.tell({ kind: 'stop' });
    await this.#until(() => this.#members().length === 0, withinMs);
    for (const member of this.#members()) this.#kill(member);
  }

  #close(): void {
    this.#isClosing = true;
    this.#cancelLook?.();
  }

  #members(): readonly Member[] {
    return [this.#owner, this.#successor].filter((member) => member !== null);
  }

  #forkOwner(): void {
    if (this.#isClosing) return;
    try {
      this.#owner = this.#fork();
    } catch {
      // The system has no memory for it now; those that live go on.
      this.#respawn(0);
    }
  }

  #fork(): Member {
    this.#generation += 1;
    const { process, isUp } = this.#options.fork();
    const member: Member = {
      process,
      slot: this.#options.slot,
      pid: process.process.pid as number,
      generation: this.#generation,
      forkedMs: this.#options.clock.now(),
      isUp: false,
      isListening: false,
      holdsLease: false,
      isDrained: false,
      silentLooks: 0,
      isDebugged: false,
    };
    this.#options.workers.joined(member);
    member.process.on('message', (message: WorkerMessage) => this.#hear(member, message));
    member.process.on('exit', (code, signal) => this.#exited(member, signal ?? code));
    member.process.on('error', (error) => {
      // One that could not be forked has no exit. Else it is a message to a process that is just ending, whose exit tells
      // the rest.
      if (member.pid === undefined) this.#exited(member, error.message);
    });
    // Its place among the members is known only after this turn.
    if (isUp) this.#options.clock.soon(() => this.#hear(member, { kind: 'up' }));
    return member;
  }

  #hear(member: Member, message: WorkerMessage): void {
    member.silentLooks = 0;
    switch (message.kind) {
      case 'alive':
        member.isDebugged = message.isDebugged;
        return;
      case 'up':
        member.isUp = true;
        this.#tell('worker_started', member);
        this.#options.start(member);
        if (member === this.#owner) send(member, { kind: 'own' });
        break;
      case 'listening':
        member.isListening = true;
        break;
      case 'session':
        this.#sessionChanged(member, message.state);
        break;
      case 'drained':
        member.isDrained = true;
        this.#tell('worker_drained', member);
        break;
      case 'sample':
        this.#options.workers.sampled(member, message.sample);
        // Nobody waits for one.
        return;
      case 'failed':
        this.#options.onFailed(message.reason);
        break;
    }
    this.#look();
  }

  #sessionChanged(member: Member, state: WriterSessionState): void {
    if (member.holdsLease && state === 'connecting') this.#tell('worker_lost_lease', member);
    if (state === 'standing_by') this.#tell('worker_stands_by', member);
    member.holdsLease = state === 'held';
    this.#options.workers.stateChanged(member, STATES[state]);
    if (member === this.#owner) this.#options.onOwnerChange(member.holdsLease ? member : null);
    if (state === 'standing_by') this.#options.onStandby();
  }

  #exited(member: Member, status: number | string): void {
    const { changes, clock, slot, workers } = this.#options;
    workers.left(member);
    const isReplaced = member === this.#owner && this.#successor !== null;
    const isWanted = !this.#isClosing && (hangs(member) || !isReplaced);
    changes.tell(isWanted ? 'worker_died' : 'worker_ended', { workerPid: member.pid, slot, status });
    if (member === this.#successor) this.#successor = null;
    if (member === this.#owner) {
      this.#owner = this.#successor;
      this.#successor = null;
      this.#options.onOwnerChange(null);
      if (this.#owner !== null) send(this.#owner, { kind: 'own' });
      else if (!this.#isClosing) this.#respawn(clock.now() - member.forkedMs);
    }
    this.#look();
  }

  #respawn(livedMs: number): void {
    this.#failures = livedMs >= WELL_AFTER_MS ? 0 : this.#failures + 1;
    const backoffMs = this.#failures <= 1 ? 0 : Math.min(RESPAWN_MAX_MS, RESPAWN_FIRST_MS * 2 ** (this.#failures - 2));
    this.#options.clock.schedule(backoffMs, () => this.#forkOwner());
  }

  #watchForSilence(): void {
    this.#cancelLook = this.#options.clock.schedule(ALIVE_EVERY_MS, () => {
      for (const member of this.#members()) {
        if (member.isDebugged) continue;
        member.silentLooks += 1;
        if (hangs(member)) this.#kill(member, 'worker_hangs');
      }
      this.#watchForSilence();
    });
  }

  /** Resolves to true when `isSo`, to false when that takes longer than `withinMs`. */
  #until(isSo: () => boolean, withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const cancelTimer = this.#options.clock.schedule(withinMs, () => end(false));
      const look = () => {
        if (isSo()) end(true);
      };
      const end = (result: boolean) => {
        cancelTimer();
        this.#watchers = this.#watchers.filter((watcher) => watcher !== look);
        resolve(result);
      };
      this.#watchers.push(look);
      look();
    });
  }

  #drain(member: Member): void {
    this.#tell('worker_drains', member);
    send(member, { kind: 'drain' });
  }

  #kill(member: Member, why: 'worker_killed' | 'worker_hangs' = 'worker_killed'): void {
    this.#tell(why, member);
    member.process.kill('SIGKILL');
  }

  /** Not before it: where the slot comes first, the process is its owner. */
  #tell(kind: StateChangeKind, { slot, pid }: Member): void {
    this.#options.changes.tell(kind, { workerPid: pid, slot });
  }

  #look(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/** Also of one that has just been killed for it. */
function hangs({ isUp, silentLooks }: Member): boolean {
  return silentLooks >= (isUp ? SILENT_LOOKS_MAX : STARTING_LOOKS_MAX);
}

function send(member: Member, message: LauncherMessage): void {
  if (member.isUp && member.process.isConnected()) member.process.send(message);
}
