import { z } from 'zod';
import type { ProblemCode } from '../problems.ts';
import { changed } from './answer-bodies.ts';
import { component } from './component-schemas.ts';
import { nameOf, problemBodies } from './problem-bodies.ts';

const replayed = z
  .literal(true)
  .optional()
  .meta({ description: 'Only where this is the first answer to the key, given again.' });

const changedItem = component('ChangedItem', changed.extend({ status: z.literal(200), replayed }));

/** A refusal is recorded under its key, so it can come again; what was not applied cannot. */
const replayable = (['insufficient_funds', 'balance_limit_exceeded'] as const).map((code) =>
  component(`${nameOf(code)}Item`, problemBodies[code].extend({ replayed })),
);

export const ITEM_CODES = [
  'insufficient_funds',
  'balance_limit_exceeded',
  'user_not_found',
  'idempotency_key_reused',
  'internal',
  'overloaded',
  'not_ready',
  'outcome_unknown',
] as const satisfies readonly ProblemCode[];

const others = ITEM_CODES.slice(2).map((code) => problemBodies[code]);

const batchResult = component('BatchResult', z.union([changedItem, ...replayable, ...others]));

export const batchAnswer = component(
  'BatchAnswer',
  z.object({ results: z.array(batchResult).meta({ description: 'One for each operation, in their order.' }) }),
);
