import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What one batch holds, from the first byte of its body until its answer has left. */
export interface Share {
  /** Holds so many bytes from now on; false, and nothing has changed, when that is more than there is. */
  resize(bytes: number): boolean;
}

/**
 * Bounds what all batches of this worker hold together. A batch can be a thousand times as large as any other request,
 * so a bound on connections is none on memory: whoever sends slowly, or does not read the answers, holds on to it.
 *
 * A share is open until its answer has left or its connection is gone. Both are looked at: an answer that still waits
 * for earlier ones when the connection breaks is never told.
 */
export class BatchMemory {
  #free: number;
  readonly #onRefused: () => void;
  readonly #closers = new WeakMap<Socket, Set<() => void>>();

  /** `onRefused` is called whenever there was not enough. */
  constructor(bytesMax: number, onRefused: () => void = () => undefined) {
    this.#free = bytesMax;
    this.#onRefused = onRefused;
  }

  open(request: IncomingMessage, response: ServerResponse): Share {
    const { socket } = request;
    const closers = this.#closersOf(socket);
    let held = 0;
    let isOpen = true;
    const close = () => {
      closers.delete(close);
      this.#free += held;
      held = 0;
      isOpen = false;
    };
    closers.add(close);
    response.once('close', close);
    return {
      resize: (bytes) => {
        // Nothing is kept for a caller who is gone; what it has asked for is still done.
        if (!isOpen) return true;
        if (bytes - held > this.#free) {
          this.#onRefused();
          return false;
        }
        this.#free += held - bytes;
        held = bytes;
        return true;
      },
    };
  }

  #closersOf(socket: Socket): Set<() => void> {
    const known = this.#closers.get(socket);
    if (known !== undefined) return known;
    const closers = new Set<() => void>();
    this.#closers.set(socket, closers);
    socket.once('close', () => {
      for (const close of closers) close();
    });
    return closers;
  }
}
