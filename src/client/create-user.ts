import { isInteger } from './answer-members.ts';
import { requireBalance, requireUserId } from './arguments.ts';
import { refusedLocally } from './client-error.ts';
import { requireKey, writtenKey } from './idempotency-key.ts';
import type { CreationOutcome } from './outcomes.ts';
import type { Call } from './settle.ts';
import type { Reply } from './verdict.ts';

/** A user to be created. */
export interface Creation {
  /**
   * The id of the user; without one the service takes the next free one. Only a creation with an id can have a key, so
   * only that one can be sent again when its answer was lost.
   */
  readonly userId?: number | undefined;
  /** The opening balance; 0. */
  readonly balance?: number | undefined;
  /** As that of a change. Needs a `userId`. */
  readonly idempotencyKey?: string | undefined;
}

/** POST /api/users. Throws `invalid_request` when the service would not take it. */
export function callToCreate(creation: Creation, newKey: () => string): Call<CreationOutcome> {
  const { userId, balance = 0 } = creation;
  if (userId !== undefined) requireUserId(userId);
  requireBalance(balance);
  if (userId === undefined && creation.idempotencyKey !== undefined) {
    throw refusedLocally('invalid_request', 'A creation with an idempotency key needs a userId.');
  }
  const idempotencyKey = userId === undefined ? null : requireKey(creation.idempotencyKey ?? newKey());
  return {
    request: {
      method: 'POST',
      path: '/api/users',
      body: JSON.stringify({ userId, balance }),
      idempotencyKey: idempotencyKey === null ? null : writtenKey(idempotencyKey),
    },
    read: (reply) => readCreation(userId, balance, reply),
    repetition: idempotencyKey === null ? 'unkeyed' : 'keyed',
    idempotencyKey,
  };
}

function readCreation(wished: number | undefined, balance: number, reply: Reply): CreationOutcome | null {
  const { status, members, replayed } = reply;
  if (members === null) return null;
  if (wished !== undefined && status === 409 && members.code === 'user_exists') {
    return { kind: 'user_exists', userId: wished };
  }
  const { userId, version } = members;
  if (status !== 201 || members.balance !== balance || !isInteger(userId, 1) || !isInteger(version, 0)) return null;
  return wished === undefined || userId === wished ? { kind: 'created', userId, balance, version, replayed } : null;
}
