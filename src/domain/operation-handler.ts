import type { Operation } from './operation.ts';
import type { Outcome } from './outcome.ts';

/**
 * What the router and the owner both are, so that either can stand behind the HTTP layer or a peer link.
 * Always resolves, at the operation's deadline at the latest; never rejects.
 */
export interface OperationHandler {
  handle(operation: Operation): Promise<Outcome>;
}
