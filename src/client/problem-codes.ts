/**
 * What a problem says about the sending that it answers:
 * - `refusal`: an outcome of its endpoint;
 * - `rejected`: it applied nothing, and sent again it would not either;
 * - `never`: neither it nor any other sending under its key was or will be applied;
 * - `not_applied`: it applied nothing, and sent again it may;
 * - `unknown`: it may have been applied, and sent again under its key it is settled;
 * - `defect`: it may have been applied, and to send it again is of no use.
 */
export type ProblemMeaning = 'refusal' | 'rejected' | 'never' | 'not_applied' | 'unknown' | 'defect';

interface Problem {
  readonly status: number;
  readonly means: ProblemMeaning;
}

/** Every problem of the service (RFC 9457, `code`). An answer with another code, or another status, is not its. */
export const PROBLEM_CODES = {
  invalid_request: { status: 400, means: 'rejected' },
  unauthorized: { status: 401, means: 'rejected' },
  forbidden: { status: 403, means: 'rejected' },
  not_found: { status: 404, means: 'rejected' },
  user_not_found: { status: 404, means: 'refusal' },
  method_not_allowed: { status: 405, means: 'rejected' },
  request_timeout: { status: 408, means: 'not_applied' },
  user_exists: { status: 409, means: 'refusal' },
  insufficient_funds: { status: 409, means: 'refusal' },
  balance_limit_exceeded: { status: 409, means: 'refusal' },
  payload_too_large: { status: 413, means: 'rejected' },
  unsupported_media_type: { status: 415, means: 'rejected' },
  expectation_failed: { status: 417, means: 'rejected' },
  idempotency_key_reused: { status: 422, means: 'never' },
  rate_limited: { status: 429, means: 'not_applied' },
  headers_too_large: { status: 431, means: 'rejected' },
  internal: { status: 500, means: 'defect' },
  overloaded: { status: 503, means: 'not_applied' },
  not_ready: { status: 503, means: 'not_applied' },
  outcome_unknown: { status: 504, means: 'unknown' },
} as const satisfies Record<string, Problem>;

export type ProblemCode = keyof typeof PROBLEM_CODES;

export function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === 'string' && Object.hasOwn(PROBLEM_CODES, code);
}
