import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Change } from '../domain/operation.ts';
import { sendFailure, sendJson } from './answers.ts';
import { batchBody } from './batch-answer.ts';
import { BatchMemory } from './batch-memory.ts';
import { answerWith, deadlineFromNow, failRequest, type HttpContext } from './context.ts';
import type { Charge, GuardedEndpoint } from './guard.ts';
import { keyOfCaller } from './idempotency-key.ts';
import { BATCH_BYTES_MAX } from './limits.ts';
import { countOutcome } from './observed-response.ts';
import type { RequestedChange } from './operations-body.ts';
import { refuseKey, refuseQuery } from './preconditions.ts';
import { readOperations } from './request-body.ts';

/** What an item costs in memory from its admission to its answer, rounded up: operation, outcome and text. */
const ITEM_BYTES = 1024;

function operationsOf(context: HttpContext, requested: readonly RequestedChange[], caller: string | null): Change[] {
  const deadlineMs = deadlineFromNow(context);
  return requested.map(({ userId, amount, idempotencyKey }) => ({
    kind: 'change',
    id: context.nextOperationId(),
    userId,
    amount,
    idempotencyKey: idempotencyKey === null ? null : keyOfCaller(caller, idempotencyKey),
    isRetry: false,
    deadlineMs,
  }));
}

/**
 * Hands all changes over in one turn and in their order, which is the order in which those of one user are applied, and
 * answers when each has its outcome. Never rejects.
 */
function performAll(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
  operations: readonly Change[],
): Promise<void> {
  const handleAll = () => Promise.all(operations.map((operation) => context.operations.handle(operation)));
  return answerWith(context, request, response, handleAll, (_, outcomes) => {
    for (const outcome of outcomes) countOutcome(response, outcome);
    sendJson(response, batchBody(outcomes));
  });
}

/** The guard has counted one already. False: the request was answered. */
async function isCharged(charge: Charge, items: number): Promise<boolean> {
  return charge === null || items === 1 || (await charge(items - 1));
}

/** POST /api/users/update-balances: many changes in one request, each with an outcome of its own. */
export function createChangeMany(context: HttpContext): GuardedEndpoint {
  const memory = new BatchMemory(BATCH_BYTES_MAX, () => context.meter?.shed('batch_memory'));
  return (request, response, caller, charge) => {
    if (refuseQuery(request, response) || refuseKey(request, response)) return;
    const share = memory.open(request, response);
    readOperations(context, request, response, share, (requested) => {
      if (!share.resize(requested.length * ITEM_BYTES)) return sendFailure(response, 'overloaded');
      const operations = operationsOf(context, requested, caller);
      isCharged(charge, operations.length)
        .then((isAdmitted) => (isAdmitted ? performAll(context, request, response, operations) : undefined))
        .catch((error: unknown) => failRequest(context, request, response, error));
    });
  };
}
