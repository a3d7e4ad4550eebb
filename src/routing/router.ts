import type { Operation } from '../domain/operation.ts';
import type { OperationHandler } from '../domain/operation-handler.ts';
import type { Outcome } from '../domain/outcome.ts';
import { slotOf } from './bucket.ts';

/** Sends each operation to the owner of its user: the one in this process, or over one hop to a peer. */
export class Router implements OperationHandler {
  readonly #handlers: readonly OperationHandler[];

  /** One handler per slot. */
  constructor(handlers: readonly OperationHandler[]) {
    this.#handlers = handlers;
  }

  handle(operation: Operation): Promise<Outcome> {
    const slot = slotOf(operation.userId, this.#handlers.length);
    const handler = this.#handlers[slot];
    if (handler === undefined) throw new RangeError(`no handler for slot ${slot} of ${this.#handlers.length}`);
    return handler.handle(operation);
  }
}
