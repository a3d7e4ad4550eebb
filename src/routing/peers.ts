import type { OperationHandler } from '../domain/operation-handler.ts';
import type { Clock } from '../time/clock.ts';
import { connectChannel } from './channel.ts';
import { type LinkListener, PeerLink } from './peer-link.ts';

export interface PeersOptions {
  /** This worker's own slot. */
  readonly slot: number;
  /** Where the owner of each slot listens, by slot; null while there is none. */
  readonly paths: readonly (string | null)[];
  readonly clock: Clock;
  /** Operations that may be open with one peer. */
  readonly pendingMax: number;
}

/** One link to the owner of every other slot. */
export class Peers {
  readonly #paths: (string | null)[];
  readonly #clock: Clock;
  /** By slot; null for our own. */
  readonly #links: readonly (PeerLink | null)[];

  constructor({ slot, paths, clock, pendingMax }: PeersOptions) {
    this.#paths = [...paths];
    this.#clock = clock;
    this.#links = paths.map((_, peerSlot) =>
      peerSlot === slot
        ? null
        : new PeerLink({ clock, pendingMax, connect: (listener) => this.#connect(peerSlot, listener) }),
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
    if (path == null) this.#clock.soon(listener.onClose);
    else connectChannel(path, this.#clock, listener);
  }
}
