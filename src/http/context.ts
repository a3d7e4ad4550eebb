import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Gate } from '../access/gate.ts';
import { HOP_GRACE_MS, type Operation, type OperationId, type UserId } from '../domain/operation.ts';
import type { OperationHandler } from '../domain/operation-handler.ts';
import type { Logger } from '../observability/logger.ts';
import type { Clock } from '../time/clock.ts';
import { sendOutcome, sendProblem } from './answers.ts';
import type { RequestMeter } from './observed-response.ts';
import { createOperationIds } from './operation-id.ts';
import { requestIdOf } from './request-id.ts';
import type { RequestObserver } from './request-tracing.ts';

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
  /** See every request, at a cost for each: there are some only where somebody asked for them. */
  readonly observers: readonly RequestObserver[];
  readonly clock: Clock;
  /** The time from a complete request to its answer. */
  readonly requestTimeoutMs: number;
  readonly log: Pick<Logger, 'error' | 'warn' | 'debug'>;
}

/** Told of every request that is in flight: from the handing over of its operation until it was answered. */
export interface InFlight {
  begin(): void;
  end(request: IncomingMessage): void;
}

const uncounted: InFlight = { begin: () => undefined, end: () => undefined };

/** The dependencies, and what is made once per process from them. */
export interface HttpContext extends HttpDependencies {
  readonly nextOperationId: () => OperationId;
  readonly inFlight: InFlight;
}

export function createContext(dependencies: HttpDependencies, inFlight = uncounted): HttpContext {
  return { ...dependencies, nextOperationId: createOperationIds(dependencies.clock), inFlight };
}

/** When an operation that is complete now must have been decided: monotonic ms. */
export function deadlineFromNow(context: HttpContext): number {
  return context.clock.now() + context.requestTimeoutMs - HOP_GRACE_MS;
}

/**
 * Answers 500 and logs why, without the body, under an id that the caller can name. An operation may have been handed
 * over before the defect showed, so the answer claims nothing about it.
 */
export function failRequest(
  context: Pick<HttpContext, 'log'>,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  const given = requestIdOf(request);
  const requestId = given ?? randomUUID();
  context.log.error({ err: error, method: request.method, requestId }, 'A request failed unexpectedly');
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const detail = 'A defect of the service stopped this request. It may have been applied or not.';
  sendProblem(response, 'internal', detail, given === null ? ['X-Request-Id', requestId] : undefined);
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
  context.inFlight.begin();
  try {
    send(response, await work());
  } catch (error) {
    failRequest(context, request, response, error);
  } finally {
    context.inFlight.end(request);
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
