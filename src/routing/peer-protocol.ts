import type { Operation } from '../domain/operation.ts';
import type { Outcome } from '../domain/outcome.ts';

/** From a worker to the owner: a sequence number of the link, and an operation. */
export type PeerRequest = readonly [sequence: number, operation: Operation];

/** The answer to the request of that number. Null: not admitted, to be sent again to whoever owns the slot next. */
export type PeerReply = readonly [sequence: number, outcome: Outcome | null];
