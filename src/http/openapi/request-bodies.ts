import { z } from 'zod';
import { BATCH_ITEMS_MAX } from '../limits.ts';
import { component } from './component-schemas.ts';
import { amount, balance, idempotencyKey, userId } from './quantities.ts';

/** What a request may carry. The service itself reads these bodies with its scanner, which a test holds to them. */

export const changeRequest = component('ChangeRequest', z.strictObject({ userId, amount }));

export const amountRequest = component('AmountRequest', z.strictObject({ amount }));

export const batchItem = component(
  'BatchItem',
  z.strictObject({ userId, amount, idempotencyKey: idempotencyKey.optional() }),
);

export const batchRequest = component(
  'BatchRequest',
  z.strictObject({ operations: z.array(batchItem).min(1).max(BATCH_ITEMS_MAX) }),
);

export const creationRequest = component(
  'CreationRequest',
  z.strictObject({ userId: userId.optional(), balance: balance.optional() }).meta({
    description: 'Without a `userId` the next free one is taken; without a `balance` it is 0.',
  }),
);
