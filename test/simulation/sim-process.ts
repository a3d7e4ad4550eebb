import type { Clock } from '../../src/time/clock.ts';
import type { Random } from '../support/random.ts';
import type { Timeline } from './timeline.ts';

/** Where wall clocks stand at the beginning: late enough that ids look as they do today. */
export const EPOCH_MS = 1_800_000_000_000;

/**
 * A process: what happens in it happens through its clock, so that it can be killed, or stopped and continued.
 *
 * `running` -> `stopped` and back; `dead` for good. What falls due while it is stopped happens when it goes on.
 */
export class SimProcess {
  readonly clock: Clock;
  readonly #timeline: Timeline;
  #backlog: (() => void)[] = [];
  #state: 'running' | 'stopped' | 'dead' = 'running';
  #wentOnMs = Number.NEGATIVE_INFINITY;
  readonly #exitListeners: (() => void)[] = [];

  constructor(timeline: Timeline, random: Random) {
    this.#timeline = timeline;
    this.clock = {
      now: () => timeline.now,
      wallNow: () => Math.floor(EPOCH_MS + timeline.now),
      schedule: (delayMs, task) => this.deliver(delayMs, task),
      soon: (task) => void this.deliver(0, task),
      random: () => random.next(),
    };
  }

  get isAlive(): boolean {
    return this.#state !== 'dead';
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }

  /** True when it has run without a stop since `sinceMs`. */
  hasRunSince(sinceMs: number): boolean {
    return this.isRunning && this.#wentOnMs < sinceMs;
  }

  /** Lets something happen in this process after `delayMs`: a timer of its own, or what reaches it from outside. */
  deliver(delayMs: number, task: () => void): () => void {
    let isCancelled = false;
    const happen = () => {
      if (isCancelled || this.#state === 'dead') return;
      if (this.#state === 'stopped') this.#backlog.push(happen);
      else task();
    };
    const cancel = this.#timeline.after(delayMs, happen);
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  onExit(listener: () => void): void {
    this.#exitListeners.push(listener);
  }

  kill(): void {
    if (this.#state === 'dead') return;
    this.#state = 'dead';
    for (const listener of this.#exitListeners) listener();
  }

  stop(): void {
    if (this.#state === 'running') this.#state = 'stopped';
  }

  goOn(): void {
    if (this.#state !== 'stopped') return;
    this.#state = 'running';
    this.#wentOnMs = this.#timeline.now;
    for (const happen of this.#backlog.splice(0)) this.#timeline.after(0, happen);
  }
}
