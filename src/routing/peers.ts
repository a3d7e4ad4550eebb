import type { OperationHandler } from '../domain/operation-handler.ts';
import type { Clock } from '../time/clock.ts';
import { type LinkListener, PeerLink } from './peer-link.ts';

export interface PeersOptions {
  /** This worker's own slot. */
  readonly slot: number;
  /** Where the owner of each slot listens, by slot; null while there is none. */
  readonly paths: readonly (string | null)[];
  /** Opens a channel to whoever listens at a path. */
  readonly connect: (path: string, listener: LinkListener) => void;
  readonly clock: Clock;
  /** Operations that may be open with one peer. */
  readonly pendingMax: number;
  /** Called for an operation that was one too many for its peer. */
  readonly onShed?: () => void;
}

/** One link to the owner of every other slot. */
export class Peers {
  readonly #options: PeersOptions;
  readonly #paths: (string | null)[];
  /** By slot; null for our own. */
  readonly #links: readonly (PeerLink | null)[];

  constructor(options: PeersOptions) {
    const { slot, paths, clock, pendingMax, onShed = () => undefined } = options;
    this.#options = options;
    this.#paths = [...paths];
    this.#links = paths.map((_, peerSlot) =>
      peerSlot === slot
        ? null
        : new PeerLink({ clock, pendingMax, onShed, connect: (listener) => this.#connect(peerSlot, listener) }),
    );
  }

  /** A handler for every slot, with our owner in our own. */
  handlersWith(owner: OperationHandler): readonly OperationHandler[] {
    return this.#links.map((link) => link ?? owner);
  }

  /** Where the owner of a slot listens. One that has only found its lease again is still at the other end. */
  meet(slot: number, path: string): void {
    if (this.#paths[slot] === path) return;
    this.#paths[slot] = path;
    this.#links[slot]?.reconnect();
  }

  cutDeadlinesTo(deadlineMs: number): void {
    for (const link of this.#links) link?.cutDeadlinesTo(deadlineMs);
  }

  close(): void {
    for (const link of this.#links) link?.close();
  }

  #connect(slot: number, listener: LinkListener): void {
    const path = this.#paths[slot];
    if (path == null) this.#options.clock.soon(listener.onClose);
    else this.#options.connect(path, listener);
  }
}
