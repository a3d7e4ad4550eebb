import { isInteger } from './answer-members.ts';
import { requireUserId } from './arguments.ts';
import type { BalanceOutcome } from './outcomes.ts';
import type { Call } from './settle.ts';
import type { Reply } from './verdict.ts';

/** GET /api/users/:userId/balance. Throws `invalid_request` when that is no id. */
export function callToReadBalance(userId: number): Call<BalanceOutcome> {
  requireUserId(userId);
  return {
    request: { method: 'GET', path: `/api/users/${userId}/balance`, body: null, idempotencyKey: null },
    read: (reply) => readBalance(userId, reply),
    repetition: 'reading',
    idempotencyKey: null,
  };
}

function readBalance(userId: number, { status, members }: Reply): BalanceOutcome | null {
  if (members === null) return null;
  if (status === 404 && members.code === 'user_not_found') return { kind: 'user_not_found', userId };
  const { balance, version } = members;
  const isSound = status === 200 && members.userId === userId && isInteger(balance, 0) && isInteger(version, 0);
  return isSound ? { kind: 'balance', userId, balance, version } : null;
}
