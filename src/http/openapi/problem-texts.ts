import { DETAILS } from '../answers.ts';
import { FOREIGN } from '../guard.ts';
import { BATCH_BODY_BYTES_MAX, BODY_BYTES_MAX, HEADER_FIELDS_MAX } from '../limits.ts';
import type { ProblemCode } from '../problems.ts';

interface ProblemText {
  /** What a caller should make of it, one sentence. */
  readonly meaning: string;
  /** The `detail` of an answer that the service gives. */
  readonly detail: string;
}

const kibibytes = (bytes: number) => `${bytes / 1024} KiB`;

/** Every problem in words, and an example of each. A test sees to it that the examples are answers of the service. */
export const PROBLEM_TEXTS: Record<ProblemCode, ProblemText> = {
  invalid_request: {
    meaning:
      'The body, a number, the path, the query or a header field is not valid; `detail` says what. Nothing was applied.',
    detail: '"amount" must be an integer in plain digits: no quotes, fraction, exponent, leading zero, "+" or "-0".',
  },
  unauthorized: {
    meaning: 'Credentials are missing or not accepted.',
    detail: 'Send an API key or a token: Authorization: Bearer <key>.',
  },
  forbidden: {
    meaning:
      'The caller lacks the scope that `detail` names; or nobody is asked for credentials, and Host, Origin or Sec-Fetch-Site is not of this machine.',
    detail: FOREIGN,
  },
  not_found: {
    meaning: 'No endpoint has this path: the base address or an unescaped path parameter is wrong.',
    detail: 'No endpoint has this path.',
  },
  user_not_found: { meaning: 'No user has this id.', detail: DETAILS.user_not_found },
  method_not_allowed: {
    meaning: 'What every method that is not listed for this path is answered; `Allow` names those that are.',
    detail: 'DELETE is not one of POST.',
  },
  request_timeout: {
    meaning: 'The request was not complete in time. Nothing was applied.',
    detail: 'The request was not complete in time. Nothing of it was applied.',
  },
  user_exists: {
    meaning: 'The user exists already and was not changed.',
    detail: DETAILS.user_exists,
  },
  insufficient_funds: {
    meaning: 'The balance does not cover the withdrawal; `balance` and `version` are what the refusal rests on.',
    detail: 'A balance of 1 does not cover a withdrawal of 2.',
  },
  balance_limit_exceeded: {
    meaning: 'The balance would exceed 2^53-1; `balance` and `version` are what the refusal rests on.',
    detail: 'A balance of 9007199254740991 cannot take a deposit of 2.',
  },
  payload_too_large: {
    meaning: `The body has more than ${kibibytes(BODY_BYTES_MAX)} (of many changes: ${kibibytes(BATCH_BODY_BYTES_MAX)}).`,
    detail: `A body may have at most ${BODY_BYTES_MAX} bytes.`,
  },
  unsupported_media_type: {
    meaning: 'The body is not plain `application/json`.',
    detail: 'The Content-Type must be application/json, with no parameter but charset=utf-8.',
  },
  expectation_failed: {
    meaning: 'An `Expect` other than `100-continue`.',
    detail: 'The only expectation that can be met is 100-continue.',
  },
  idempotency_key_reused: {
    meaning: 'The user used this key for another request. Nothing was applied.',
    detail: DETAILS.idempotency_key_reused,
  },
  rate_limited: {
    meaning: 'The caller has used up its limit. Nothing was applied.',
    detail: 'Nothing was applied. This caller has sent as many requests as its limit allows; wait a moment.',
  },
  headers_too_large: {
    meaning: `The header fields are too long, or more than ${HEADER_FIELDS_MAX}.`,
    detail: `At most ${HEADER_FIELDS_MAX} header fields are accepted.`,
  },
  internal: {
    meaning: 'A defect of the service; `detail` says what is known of the change.',
    detail: DETAILS.internal,
  },
  overloaded: {
    meaning: 'Nothing was applied: too much is waiting for it to come in time. It is safe to send it again.',
    detail: DETAILS.overloaded,
  },
  not_ready: {
    meaning: 'Nothing was applied: starting, standing by, or the database is away. It is safe to send it again.',
    detail: DETAILS.not_ready,
  },
  outcome_unknown: {
    meaning: 'It may or may not have been applied: send it again with the same key to learn which.',
    detail: DETAILS.outcome_unknown,
  },
};
