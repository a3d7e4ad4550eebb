import { type Balance, INTEGER_MAX, type UserId } from '../domain/operation.ts';
import { failed, type Outcome } from '../domain/outcome.ts';
import { sendOutcome, sendProblem } from './answers.ts';
import type { IntegerMember } from './body-scanner.ts';
import { answerWith, deadlineFromNow, type HttpContext } from './context.ts';
import type { GuardedEndpoint } from './guard.ts';
import { refuseQuery, requireSoundKey } from './preconditions.ts';
import { readIntegers } from './request-body.ts';

// Allocated ids collide only with ids that callers chose themselves; a run this long means they own the range.
const ALLOCATIONS_MAX = 16;

export const NEW_USER_ID: IntegerMember = {
  name: 'userId',
  min: 1,
  max: INTEGER_MAX,
  mayBeZero: false,
  isRequired: false,
};
export const BALANCE: IntegerMember = { name: 'balance', min: 0, max: INTEGER_MAX, mayBeZero: true, isRequired: false };
const members = [NEW_USER_ID, BALANCE];

interface Wish {
  readonly userId: UserId | undefined;
  readonly balance: Balance;
  readonly idempotencyKey: string | null;
  readonly deadlineMs: number;
}

function create(context: HttpContext, userId: UserId, wish: Wish): Promise<Outcome> {
  const { balance, idempotencyKey, deadlineMs } = wish;
  const id = context.nextOperationId();
  return context.operations.handle({
    kind: 'create',
    id,
    userId,
    balance,
    idempotencyKey,
    isRetry: false,
    deadlineMs,
  });
}

/** Takes the next id until one is free: an explicit creation may have taken what the sequence hands out. */
async function createAnywhere(context: HttpContext, wish: Wish): Promise<Outcome> {
  for (let attempt = 0; attempt < ALLOCATIONS_MAX; attempt += 1) {
    const userId = await context.allocateUserId(wish.deadlineMs);
    if (userId === null) return failed('not_ready');
    const outcome = await create(context, userId, wish);
    if (outcome.kind !== 'rejected' || outcome.code !== 'user_exists') return outcome;
  }
  return failed('overloaded');
}

/** POST /api/users: creates a user, under the id given or under the next free one. */
export function createCreateUser(context: HttpContext): GuardedEndpoint {
  return (request, response, caller) => {
    if (refuseQuery(request, response)) return;
    const idempotencyKey = requireSoundKey(request, response, caller);
    if (idempotencyKey === undefined) return;
    readIntegers(context, request, response, members, ([userId, balance = 0]) => {
      if (idempotencyKey !== null && userId === undefined) {
        // Keys belong to a user: without one, a retry would land on another user and create a second.
        return sendProblem(response, 'invalid_request', 'A creation with an Idempotency-Key needs a "userId".');
      }
      const deadlineMs = deadlineFromNow(context);
      const wish = { userId: userId as UserId, balance: balance as Balance, idempotencyKey, deadlineMs };
      const createThere = () =>
        userId === undefined ? createAnywhere(context, wish) : create(context, userId as UserId, wish);
      void answerWith(context, request, response, createThere, sendOutcome);
    });
  };
}
