import type { FailureCode, RefusalCode, RejectionCode } from '../domain/outcome.ts';

interface Problem {
  readonly status: number;
  readonly title: string;
}

/**
 * Every error this interface can answer: the stable `code` with its status and title (RFC 9457).
 *
 * `unauthorized` and `forbidden` come from access control and `rate_limited` from the limit per caller, each only where
 * it is configured.
 */
export const PROBLEMS = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  unauthorized: { status: 401, title: 'Credentials are missing or wrong' },
  forbidden: { status: 403, title: 'The caller may not do this' },
  not_found: { status: 404, title: 'There is nothing at this path' },
  user_not_found: { status: 404, title: 'There is no such user' },
  method_not_allowed: { status: 405, title: 'This path does not take this method' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  user_exists: { status: 409, title: 'The user exists already' },
  insufficient_funds: { status: 409, title: 'The balance does not cover this withdrawal' },
  balance_limit_exceeded: { status: 409, title: 'The balance would grow beyond its limit' },
  payload_too_large: { status: 413, title: 'The request body is too large' },
  unsupported_media_type: { status: 415, title: 'The request body is not plain JSON' },
  expectation_failed: { status: 417, title: 'The expectation cannot be met' },
  idempotency_key_reused: { status: 422, title: 'The Idempotency-Key belongs to another request' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The request headers are too large' },
  internal: { status: 500, title: 'The service failed' },
  overloaded: { status: 503, title: 'The service is overloaded' },
  not_ready: { status: 503, title: 'The service is not ready' },
  outcome_unknown: { status: 504, title: 'The outcome is unknown' },
} as const satisfies Record<string, Problem> & Record<FailureCode | RefusalCode | RejectionCode, Problem>;

export type ProblemCode = keyof typeof PROBLEMS;

/** The value of `type`: names the problem, is not meant to be fetched. */
export const problemType = (code: ProblemCode): string => `urn:highload-user-balance:problem:${code}`;

function opening(code: ProblemCode): string {
  const { status, title } = PROBLEMS[code];
  const members = JSON.stringify({ type: problemType(code), title, status });
  return `${members.slice(0, -1)},"detail":`;
}

// Half of the answers of a burst can be refusals, so what does not change is written once.
const openings = Object.fromEntries(
  (Object.keys(PROBLEMS) as ProblemCode[]).map((code) => [code, opening(code)]),
) as Record<ProblemCode, string>;

/** A JSON string of ASCII only, as every answer is: a detail can name a member that the caller made up. */
function asciiString(text: string): string {
  const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(text).replace(/[^ -~]/g, escapeUnit);
}

/** The JSON text of a problem, in ASCII. */
export function problemBody(code: ProblemCode, detail: string): string {
  return `${openings[code]}${asciiString(detail)},"code":"${code}"}`;
}

/** The JSON text of a refusal, with the committed balance and version it rests on. */
export function refusalBody(code: RefusalCode, detail: string, balance: number, version: number): string {
  return `${openings[code]}${JSON.stringify(detail)},"code":"${code}","balance":${balance},"version":${version}}`;
}
