import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Gate } from '../access/gate.ts';
import { HOP_GRACE_MS, type Operation, type OperationId, type UserId } from '../domain/operation.ts';
import type { OperationHandler } from '../domain/operation-handler.ts';
import type { Logger } from '../observability/logger.ts';
import type { Clock } from '../time/clock.ts';
import { sendOutcome, sendProblem } from './answers.ts';
import { Backpressure } from './backpressure.ts';
import { HTTP_LIMITS, type HttpLimits } from './limits.ts';
import type { RequestMeter } from './metered-response.ts';
import { createOperationIds } from './operation-id.ts';

/** A handler of one endpoint, the same for Express and for the front door. It answers by itself and never throws. */
export type Endpoint = (request: IncomingMessage, response: ServerResponse) => void;

/** What the HTTP interface needs of the rest of the service. */
export interface HttpDependencies {
  /** Takes every operation to its owner. */
  readonly operations: OperationHandler;
  /** The next free id, for a creation that names none; null (503 `not_ready`) when there was none by `deadlineMs`. */
  readonly allocateUserId: (deadlineMs: number) => Promise<UserId | null>;
  /** What /readyz answers. */
  readonly isReady: () => boolean;
  /** Who may do what; null when everybody may do everything. */
  readonly gate: Gate | null;
  /** Counts what is asked and answered; null when nobody counts. */
  readonly meter: RequestMeter | null;
  readonly clock: Clock;
  /** The time from a complete request to its answer. */
  readonly requestTimeoutMs: number;
  readonly log: Pick<Logger, 'error' | 'warn' | 'debug'>;
}

/** The dependencies, and what is made once per process from them. */
export interface HttpContext extends HttpDependencies {
  readonly nextOperationId: () => OperationId;
  /** Counts what is in flight. */
  readonly backpressure: Backpressure;
}

export function createContext(dependencies: HttpDependencies, limits: HttpLimits = HTTP_LIMITS): HttpContext {
  const { clock, requestTimeoutMs } = dependencies;
  return {
    ...dependencies,
    nextOperationId: createOperationIds(clock),
    backpressure: new Backpressure(clock, limits, requestTimeoutMs),
  };
}

/** When an operation that is complete now must have been decided: monotonic ms. */
export function deadlineFromNow(context: HttpContext): number {
  return context.clock.now() + context.requestTimeoutMs - HOP_GRACE_MS;
}

/**
 * Answers 500 and logs why, without the body. An operation may have been handed over before the defect showed, so the
 * answer claims nothing about it.
 */
export function failRequest(
  context: Pick<HttpContext, 'log'>,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  context.log.error({ err: error, method: request.method }, 'A request failed unexpectedly');
  if (response.headersSent) response.destroy();
  else
    sendProblem(response, 'internal', 'A defect of the service stopped this request. It may have been applied or not.');
}

/**
 * Starts `work` and answers with what becomes of it, whether or not the caller is still there; meanwhile the request is
 * in flight. Never rejects.
 */
export async function answerWith<T>(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
  work: () => Promise<T>,
  send: (response: ServerResponse, outcome: T) => void,
): Promise<void> {
  context.backpressure.begin();
  try {
    send(response, await work());
  } catch (error) {
    failRequest(context, request, response, error);
  } finally {
    context.backpressure.end(request.socket);
  }
}

/** Hands an operation over and answers with its outcome. Never rejects. */
export function perform(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
  operation: Operation,
): Promise<void> {
  return answerWith(context, request, response, () => context.operations.handle(operation), sendOutcome);
}
