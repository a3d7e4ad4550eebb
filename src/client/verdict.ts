import type { Members } from './answer-members.ts';
import type { Attempt } from './attempt.ts';
import type { BalanceClientErrorCode } from './client-error.ts';
import { isProblemCode, PROBLEM_CODES } from './problem-codes.ts';

/** An answer to one operation, or to one item of a batch. */
export interface Reply {
  readonly status: number;
  readonly members: Members | null;
  readonly replayed: boolean;
}

/** What a reply says; null when it is none that its endpoint gives, with every member as it must be. */
export type ReadReply<T> = (reply: Reply) => T | null;

/**
 * What a sending may have done when it did not settle the operation:
 * - `nothing`: it applied nothing;
 * - `anything`: it may have been applied, or may yet be;
 * - `never`: no sending under its key was or will be applied.
 */
export type Effect = 'nothing' | 'anything' | 'never';

/**
 * What an attempt means for its operation:
 * - `settled`: there is an outcome;
 * - `again`: there is none, and another attempt may bring one;
 * - `failed`: another attempt would be of no use.
 */
export type Verdict<T> =
  | { readonly kind: 'settled'; readonly outcome: T }
  | {
      readonly kind: 'again';
      readonly effect: Effect;
      readonly retryAfterMs: number | null;
      readonly reason: string;
      readonly cause: unknown;
    }
  | {
      readonly kind: 'failed';
      readonly effect: Effect;
      readonly code: BalanceClientErrorCode;
      readonly reason: string;
      readonly cause: unknown;
    };

export type Unsettled = Exclude<Verdict<never>, { readonly kind: 'settled' }>;

const again = (effect: Effect, reason: string, retryAfterMs: number | null = null, cause?: unknown): Unsettled => ({
  kind: 'again',
  effect,
  retryAfterMs,
  reason,
  cause,
});

const failed = (code: BalanceClientErrorCode, effect: Effect, reason: string, cause?: unknown): Unsettled => ({
  kind: 'failed',
  effect,
  code,
  reason,
  cause,
});

export function judgeAttempt<T>(attempt: Attempt, read: ReadReply<T>): Verdict<T> {
  switch (attempt.kind) {
    case 'answered':
      return judgeReply(attempt.answer, read, attempt.answer.retryAfterMs);
    case 'not_sent':
      return again('nothing', `the service was not reached (${textOf(attempt.cause)})`, null, attempt.cause);
    case 'lost':
      return again('anything', `no answer came (${textOf(attempt.cause)})`, null, attempt.cause);
    case 'no_credentials':
      return failed('credentials_unavailable', 'nothing', textOf(attempt.cause), attempt.cause);
    default:
      attempt satisfies never;
      throw new TypeError('An attempt of an unknown kind');
  }
}

export function judgeReply<T>(reply: Reply, read: ReadReply<T>, retryAfterMs: number | null): Verdict<T> {
  const outcome = read(reply);
  if (outcome !== null) return { kind: 'settled', outcome };
  const code = reply.members?.code;
  if (!isProblemCode(code) || PROBLEM_CODES[code].status !== reply.status) return judgeForeign(reply, retryAfterMs);
  const reason = `${reply.status} ${code}: ${detailOf(reply)}`;
  const { means } = PROBLEM_CODES[code];
  switch (means) {
    case 'not_applied':
      return again('nothing', reason, retryAfterMs);
    case 'unknown':
      return again('anything', reason, retryAfterMs);
    case 'rejected':
      return failed(code, 'nothing', reason);
    case 'never':
      return failed(code, 'never', reason);
    case 'defect':
      return failed(code, 'anything', reason);
    case 'refusal':
      // One that its endpoint does not give, or not in this form.
      return failed('unexpected_answer', 'anything', reason);
    default:
      means satisfies never;
      throw new TypeError('A problem of an unknown meaning');
  }
}

/**
 * An answer that the service does not give. With these statuses it is that of something in between, which does not know
 * what the service has done or may yet do; any other tells that we talk to something else, and is nothing to repeat.
 */
function judgeForeign({ status }: Reply, retryAfterMs: number | null): Unsettled {
  const reason = `an answer with status ${status} that is not the service's`;
  const isOfGateway = status === 408 || status === 429 || status === 502 || status === 503 || status === 504;
  return isOfGateway ? again('anything', reason, retryAfterMs) : failed('unexpected_answer', 'anything', reason);
}

function textOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? `${cause.message}: ${cause.cause.message}` : cause.message;
}

const detailOf = ({ members }: Reply) => (typeof members?.detail === 'string' ? members.detail : 'no detail');
