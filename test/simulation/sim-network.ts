import type { Channel, ChannelListener } from '../../src/routing/channel.ts';
import type { LinkListener } from '../../src/routing/peer-link.ts';
import type { Random } from '../support/random.ts';
import type { SimProcess } from './sim-process.ts';

/** Whoever takes channels at a path. */
export interface Listening {
  readonly process: SimProcess;
  readonly accept: (open: (listener: ChannelListener) => Channel) => void;
}

/** One end of a channel. */
interface End {
  readonly process: SimProcess;
  listener: ChannelListener | null;
  isOpen: boolean;
  arrivesAtMs: number;
}

/** Changes a message on its way; for planted defects only. */
export type Tamper = (message: unknown) => unknown;

/** Channels between workers: in order, as long as they stand. */
export class SimNetwork {
  readonly #random: Random;
  readonly #tamper: Tamper;
  readonly #listening = new Map<string, Listening>();
  readonly #channels = new Set<readonly [End, End]>();

  constructor(random: Random, tamper: Tamper = (message) => message) {
    this.#random = random;
    this.#tamper = tamper;
  }

  listen(path: string, listening: Listening): void {
    this.#listening.set(path, listening);
    listening.process.onExit(() => this.#listening.delete(path));
  }

  connect(from: SimProcess, path: string, listener: LinkListener): void {
    const target = this.#listening.get(path);
    if (target === undefined) {
      from.deliver(this.#latencyMs(), listener.onClose);
      return;
    }
    const near: End = { process: from, listener, isOpen: true, arrivesAtMs: 0 };
    const far: End = { process: target.process, listener: null, isOpen: true, arrivesAtMs: 0 };
    const pair = [near, far] as const;
    this.#channels.add(pair);
    for (const end of pair) end.process.onExit(() => this.#break(pair));
    this.#deliver(far, () =>
      target.accept((farListener) => {
        far.listener = farListener;
        return this.#channelTo(near, pair);
      }),
    );
    this.#deliver(near, () => listener.onOpen(this.#channelTo(far, pair)));
  }

  /** Breaks every channel that stands; what is on its way may be lost. */
  breakAll(): void {
    for (const pair of [...this.#channels]) this.#break(pair);
  }

  #channelTo(end: End, pair: readonly [End, End]): Channel {
    return {
      // As on the wire: what arrives is a copy.
      send: (message) => {
        const text = JSON.stringify(this.#tamper(message));
        this.#deliver(end, () => end.listener?.onMessage(JSON.parse(text)));
      },
      close: () => this.#break(pair),
    };
  }

  #deliver(end: End, task: () => void): void {
    const { clock } = end.process;
    end.arrivesAtMs = Math.max(end.arrivesAtMs, clock.now() + this.#latencyMs());
    end.process.deliver(end.arrivesAtMs - clock.now(), () => {
      if (end.isOpen) task();
    });
  }

  #break(pair: readonly [End, End]): void {
    if (!this.#channels.delete(pair)) return;
    for (const end of pair) {
      end.process.deliver(this.#latencyMs(), () => {
        if (!end.isOpen) return;
        end.isOpen = false;
        end.listener?.onClose();
      });
    }
  }

  #latencyMs(): number {
    return this.#random.between(0.02, 0.2);
  }
}
