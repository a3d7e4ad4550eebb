import type { IncomingMessage, ServerResponse } from 'node:http';
import type { UserId } from '../domain/operation.ts';
import { sendProblem } from './answers.ts';
import { keyOfCaller, parseIdempotencyKey } from './idempotency-key.ts';
import { parseUserIdInPath } from './target.ts';

/** Answers a request that has a query string although its endpoint takes none, and returns true. */
export function refuseQuery(request: IncomingMessage, response: ServerResponse): boolean {
  if (!request.url?.includes('?')) return false;
  sendProblem(response, 'invalid_request', 'This endpoint takes no query string.');
  return true;
}

/** Answers a request that has a body although its method takes none, and returns true. */
export function refuseBody({ headers, method }: IncomingMessage, response: ServerResponse): boolean {
  const length = headers['content-length'];
  const hasBody = headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) !== 0);
  if (hasBody) sendProblem(response, 'invalid_request', `A ${method} request takes no body.`);
  return hasBody;
}

/** The user named in the path; null when the request was answered because that is no id. */
export function requireUserId(request: IncomingMessage, response: ServerResponse): UserId | null {
  const userId = parseUserIdInPath(request.url as string);
  if (userId === null) {
    const detail = 'The user id in the path must be an integer from 1 to 9007199254740991 in plain digits.';
    sendProblem(response, 'invalid_request', detail);
  }
  return userId;
}

/**
 * The Idempotency-Key as the ledger knows it, null without one; undefined when the request was answered because it is
 * malformed.
 */
export function requireSoundKey(
  request: IncomingMessage,
  response: ServerResponse,
  caller: string | null,
): string | null | undefined {
  // Node joins repeated fields of this name, and they are refused earlier; its type does not know.
  const parsed = parseIdempotencyKey(request.headers['idempotency-key'] as string | undefined);
  if (parsed === null) return null;
  if (typeof parsed === 'string') return keyOfCaller(caller, parsed);
  sendProblem(response, 'invalid_request', parsed.detail);
  return undefined;
}

/** Answers a batch that has an Idempotency-Key, and returns true: a key belongs to one change of one user. */
export function refuseKey(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.headers['idempotency-key'] === undefined) return false;
  const detail = 'A batch takes no Idempotency-Key: give each of its operations an "idempotencyKey" of its own.';
  sendProblem(response, 'invalid_request', detail);
  return true;
}
