import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Amount, UserId } from '../domain/operation.ts';
import { AMOUNT, USER_ID } from './change-members.ts';
import { deadlineFromNow, type HttpContext, perform } from './context.ts';
import type { GuardedEndpoint } from './guard.ts';
import { refuseQuery, requireSoundKey, requireUserId } from './preconditions.ts';
import { readIntegers } from './request-body.ts';

const inBody = [USER_ID, AMOUNT];
const besidePath = [AMOUNT];

function submit(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
  userId: UserId,
  amount: Amount,
  idempotencyKey: string | null,
): void {
  void perform(context, request, response, {
    kind: 'change',
    id: context.nextOperationId(),
    userId,
    amount,
    idempotencyKey,
    isRetry: false,
    deadlineMs: deadlineFromNow(context),
  });
}

/** POST /api/users/update-balance: the body names the user and the amount. */
export function createChangeByBody(context: HttpContext): GuardedEndpoint {
  return (request, response, caller) => {
    if (refuseQuery(request, response)) return;
    const key = requireSoundKey(request, response, caller);
    if (key === undefined) return;
    readIntegers(context, request, response, inBody, (values) =>
      submit(context, request, response, values[0] as UserId, values[1] as Amount, key),
    );
  };
}

/** PATCH /api/users/:userId/balance: the same operation, with the user in the path. */
export function createChangeByPath(context: HttpContext): GuardedEndpoint {
  return (request, response, caller) => {
    if (refuseQuery(request, response)) return;
    const userId = requireUserId(request, response);
    if (userId === null) return;
    const key = requireSoundKey(request, response, caller);
    if (key === undefined) return;
    readIntegers(context, request, response, besidePath, (values) =>
      submit(context, request, response, userId, values[0] as Amount, key),
    );
  };
}
