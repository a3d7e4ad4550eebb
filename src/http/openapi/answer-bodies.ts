import { z } from 'zod';
import { component } from './component-schemas.ts';
import { amount, balance, operationId, userId, version } from './quantities.ts';

/** A user as the answer found it. */
export const account = component('Account', z.object({ userId, balance, version }));

/** A change that is committed; balance and version are those after it. */
export const changed = component('Changed', z.object({ userId, amount, balance, version, operationId }));

const recordedRefusal = z
  .object({ requested: amount, code: z.enum(['insufficient_funds', 'balance_limit_exceeded']) })
  .meta({ description: 'On a recorded refusal only: what was asked for, and why it was refused.' });

const entry = component(
  'Entry',
  z.object({
    version,
    amount: z.int().meta({ description: 'By how much the balance changed; 0 on a recorded refusal.', format: 'int64' }),
    balance,
    operationId,
    createdAt: z.iso.datetime({ precision: 3 }).meta({ examples: ['2026-11-22T21:23:18.362Z'] }),
    refused: recordedRefusal.optional(),
  }),
);

export const entriesPage = component(
  'EntriesPage',
  z.object({
    entries: z.array(entry).meta({ description: 'Newest first.' }),
    nextBefore: z.union([version, z.null()]).meta({ description: 'The `before` of the next page; null on the last.' }),
  }),
);

export const live = component('Live', z.object({ status: z.literal('ok') }));

export const ready = component('Ready', z.object({ status: z.literal('ready') }));
