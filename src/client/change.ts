import { isInteger, isRefusalCode, isUuid } from './answer-members.ts';
import { requireAmount, requireUserId } from './arguments.ts';
import { requireKey, writtenKey } from './idempotency-key.ts';
import type { ChangeOutcome } from './outcomes.ts';
import type { Call } from './settle.ts';
import type { Reply } from './verdict.ts';

/** A change to be made. */
export interface Change {
  readonly userId: number;
  /** In minor units, never 0: negative withdraws, positive deposits. */
  readonly amount: number;
  /**
   * 1 to 255 printable ASCII characters that belong to this change alone, such as the id of the order it pays: then it is
   * applied once even if this process ends and another makes it again. By default a new one, which is in the outcome and
   * in the error.
   */
  readonly idempotencyKey?: string | undefined;
}

export type KeyedChange = Required<Change> & { readonly idempotencyKey: string };

/** Throws `invalid_request` when the service would not take it. */
export function keyed({ userId, amount, idempotencyKey }: Change, newKey: () => string): KeyedChange {
  requireUserId(userId);
  requireAmount(amount);
  return { userId, amount, idempotencyKey: requireKey(idempotencyKey ?? newKey()) };
}

/** POST /api/users/update-balance */
export function callToChange(change: KeyedChange): Call<ChangeOutcome> {
  const { userId, amount, idempotencyKey } = change;
  return {
    request: {
      method: 'POST',
      path: '/api/users/update-balance',
      body: JSON.stringify({ userId, amount }),
      idempotencyKey: writtenKey(idempotencyKey),
    },
    read: (reply) => readChange(change, reply),
    repetition: 'keyed',
    idempotencyKey,
  };
}

/** The outcome of `change`; null when the reply is none to it. */
export function readChange({ userId, amount, idempotencyKey }: KeyedChange, reply: Reply): ChangeOutcome | null {
  const { status, members, replayed } = reply;
  if (members === null) return null;
  const { code, balance, version, operationId } = members;
  if (status === 404 && code === 'user_not_found') return { kind: 'user_not_found', userId };
  if (!isInteger(balance, 0) || !isInteger(version, 0)) return null;
  const about = { userId, amount, balance, version, idempotencyKey, replayed };
  if (status === 409 && isRefusalCode(code)) return { kind: 'refused', code, ...about };
  const isOfThisChange = members.userId === userId && members.amount === amount;
  return status === 200 && isOfThisChange && version > 0 && isUuid(operationId)
    ? { kind: 'done', ...about, operationId }
    : null;
}
