import type { ServerResponse } from 'node:http';
import type {
  BalanceRead,
  Changed,
  Created,
  EntriesRead,
  FailureCode,
  Outcome,
  Refused,
  RejectionCode,
} from '../domain/outcome.ts';
import { endUninvited } from './awaited-body.ts';
import { countAnswer, countLostAnswer, countOutcome } from './observed-response.ts';
import { PROBLEMS, type ProblemCode, problemBody, refusalBody } from './problems.ts';
import { requestIdOf } from './request-id.ts';

const JSON_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json';
const REPLAYED = ['Idempotency-Replayed', 'true'];
const RETRY_AFTER = ['Retry-After', '1'];

/** What is said of each outcome that has nothing of its own to say. */
export const DETAILS: Record<RejectionCode | FailureCode, string> = {
  user_not_found: 'No user has this id.',
  user_exists: 'A user with this id exists already. It was not changed.',
  idempotency_key_reused: 'This Idempotency-Key was used by this user for a different request. Nothing was applied.',
  overloaded: 'Nothing was applied. Try again in a moment.',
  not_ready: 'Nothing was applied. The service cannot reach its database or is starting. Try again in a moment.',
  internal: 'The service failed because of a defect of its own. Nothing was applied.',
  outcome_unknown:
    'The change may or may not have been applied. Send it again with the same Idempotency-Key to learn which.',
};

/**
 * Writes a whole answer at once; `body` is ASCII, so its length is its bytes and node copies it fastest as latin1. The
 * caller may be gone by now: then nothing is written.
 */
function send(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
  more?: readonly string[],
): void {
  if (response.destroyed) {
    countLostAnswer(response);
    return;
  }
  endUninvited(response);
  const headers = ['Content-Type', contentType, 'Cache-Control', 'no-store', 'Content-Length', String(body.length)];
  if (more !== undefined) headers.push(...more);
  const requestId = requestIdOf(response.req);
  if (requestId !== null) headers.push('X-Request-Id', requestId);
  response.writeHead(status, headers);
  response.end(body, 'latin1');
  countAnswer(response, status);
}

/** Answers 200 with a JSON text. */
export function sendJson(response: ServerResponse, body: string): void {
  send(response, 200, JSON_TYPE, body);
}

/** Answers with a problem; `more` are further header names and values in turn. */
export function sendProblem(
  response: ServerResponse,
  code: ProblemCode,
  detail: string,
  more?: readonly string[],
): void {
  send(response, PROBLEMS[code].status, PROBLEM_TYPE, problemBody(code, detail), more);
}

export function sendFailure(response: ServerResponse, code: FailureCode): void {
  const isWorthRetrying = code === 'overloaded' || code === 'not_ready';
  sendProblem(response, code, DETAILS[code], isWorthRetrying ? RETRY_AFTER : undefined);
}

/** The JSON text of a refusal. */
export function refusedBody({ code, amount, balance, version }: Refused): string {
  const detail =
    code === 'insufficient_funds'
      ? `A balance of ${balance} does not cover a withdrawal of ${-amount}.`
      : `A balance of ${balance} cannot take a deposit of ${amount}.`;
  return refusalBody(code, detail, balance, version);
}

function sendRefusal(response: ServerResponse, refused: Refused): void {
  const { status } = PROBLEMS[refused.code];
  send(response, status, PROBLEM_TYPE, refusedBody(refused), refused.replayed ? REPLAYED : undefined);
}

function entriesBody({ entries, nextBefore }: EntriesRead): string {
  const listed = entries.map(({ version, amount, balance, operationId, createdAt, refused }) => ({
    version,
    amount,
    balance,
    operationId,
    createdAt,
    ...(refused && { refused: { requested: refused.requested, code: refused.code } }),
  }));
  return JSON.stringify({ entries: listed, nextBefore });
}

/** The members of the JSON object that tells of a change. */
export function changedMembers({ userId, amount, balance, version, operationId }: Changed): string {
  const numbers = `"userId":${userId},"amount":${amount},"balance":${balance},"version":${version}`;
  return `${numbers},"operationId":"${operationId}"`;
}

function sendChanged(response: ServerResponse, changed: Changed): void {
  send(response, 200, JSON_TYPE, `{${changedMembers(changed)}}`, changed.replayed ? REPLAYED : undefined);
}

const accountBody = ({ userId, balance, version }: Created | BalanceRead) =>
  `{"userId":${userId},"balance":${balance},"version":${version}}`;

function sendCreated(response: ServerResponse, created: Created): void {
  const location = ['Location', `/api/users/${created.userId}/balance`];
  send(response, 201, JSON_TYPE, accountBody(created), created.replayed ? [...location, ...REPLAYED] : location);
}

/** Answers with what became of an operation. */
export function sendOutcome(response: ServerResponse, outcome: Outcome): void {
  countOutcome(response, outcome);
  switch (outcome.kind) {
    case 'changed':
      sendChanged(response, outcome);
      break;
    case 'refused':
      sendRefusal(response, outcome);
      break;
    case 'balance':
      sendJson(response, accountBody(outcome));
      break;
    case 'created':
      sendCreated(response, outcome);
      break;
    case 'entries':
      sendJson(response, entriesBody(outcome));
      break;
    case 'rejected':
      sendProblem(response, outcome.code, DETAILS[outcome.code]);
      break;
    case 'failed':
      sendFailure(response, outcome.code);
      break;
    default:
      outcome satisfies never;
      throw new TypeError('An outcome of an unknown kind');
  }
}
