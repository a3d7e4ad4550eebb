import type { Clock } from '../time/clock.ts';
import { type EventLoopGauges, watchEventLoop } from './event-loop.ts';
import type { Gauges } from './metric-definitions.ts';
import type { WorkerMeter } from './worker-meter.ts';
import type { WorkerSample } from './worker-sample.ts';

const INTERVAL_MS = 1000;
const HOTTEST_MAX = 10;
const US_PER_S = 1e6;

export interface SamplerOptions {
  readonly meter: WorkerMeter;
  /** How the parts of the worker are now. */
  readonly readGauges: () => Omit<Gauges, keyof EventLoopGauges | 'residentMemory'>;
  /** Calls `whenSent` once the sample has left, or could not. */
  readonly send: (sample: WorkerSample, whenSent: () => void) => void;
  readonly clock: Clock;
}

/**
 * Tells once a second what the worker has counted and how it is, until `stop`. A launcher that is stopped takes none:
 * then no further one is sent.
 */
export class Sampler {
  readonly #options: SamplerOptions;
  readonly #eventLoop = watchEventLoop();
  #sequence = 0;
  /** Samples that have not left yet. */
  #onTheirWay = 0;
  #cancel: (() => void) | null = null;

  constructor(options: SamplerOptions) {
    this.#options = options;
    this.#schedule();
  }

  /** Tells it now, out of turn. */
  tell(): void {
    this.#onTheirWay += 1;
    this.#options.send(this.#sample(), () => {
      this.#onTheirWay -= 1;
    });
  }

  /** Returns what is still to be told. */
  stop(): WorkerSample {
    this.#cancel?.();
    const last = this.#sample();
    this.#eventLoop.stop();
    return last;
  }

  #sample(): WorkerSample {
    const { meter, readGauges } = this.#options;
    const { user, system } = process.cpuUsage();
    meter.setCpuSeconds((user + system) / US_PER_S);
    // First: it also brings some counts up to date.
    const gauges = { ...readGauges(), ...this.#eventLoop.read(), residentMemory: process.memoryUsage.rss() };
    this.#sequence += 1;
    return {
      sequence: this.#sequence,
      counts: Array.from(meter.counts),
      gauges,
      hottest: meter.hotUsers.take(HOTTEST_MAX),
    };
  }

  #schedule(): void {
    this.#cancel = this.#options.clock.schedule(INTERVAL_MS, () => {
      if (this.#onTheirWay === 0) this.tell();
      this.#schedule();
    });
  }
}
