import type { ProblemCode } from './problem-codes.ts';

/**
 * Why an operation has no outcome. Beside these there are the codes of the service; of them `outcome_unknown` is also that
 * of a creation without a key whose answer was lost.
 * - `invalid_options`: the client cannot be made like this.
 * - `deadline_exceeded`: nothing settled it in `timeoutMs`, or the next attempt would have come too late.
 * - `attempts_exhausted`: nothing settled it in `attemptsMax` attempts.
 * - `aborted`: by the caller's signal, whose reason is the `cause`.
 * - `credentials_unavailable`: the function that gives the token threw the `cause`.
 * - `unexpected_answer`: an answer that the service does not give.
 * - `changes_unsettled`: some changes of a batch have no outcome.
 */
export type ClientErrorCode =
  | 'invalid_options'
  | 'deadline_exceeded'
  | 'attempts_exhausted'
  | 'aborted'
  | 'credentials_unavailable'
  | 'unexpected_answer'
  | 'changes_unsettled';

export type BalanceClientErrorCode = ClientErrorCode | ProblemCode;

/** What is known of an operation that failed. */
export interface FailureFacts {
  readonly mayBeApplied: boolean;
  readonly idempotencyKey: string | null;
  readonly attempts: number;
  readonly cause?: unknown;
}

/** A failure: there is no outcome, or none that is known. Refusals are no failures, they are outcomes. */
export class BalanceClientError extends Error {
  override readonly name: string = 'BalanceClientError';
  readonly code: BalanceClientErrorCode;
  /** False: nothing was applied, and no attempt is on its way. True: it may have been applied, or may yet be. */
  readonly mayBeApplied: boolean;
  /** The key of the change: the same change sent with it again is applied at most once. Null where there is none. */
  readonly idempotencyKey: string | null;
  /** How often it was tried. */
  readonly attempts: number;

  constructor(code: BalanceClientErrorCode, message: string, facts: FailureFacts) {
    super(message, 'cause' in facts ? { cause: facts.cause } : undefined);
    this.code = code;
    this.mayBeApplied = facts.mayBeApplied;
    this.idempotencyKey = facts.idempotencyKey;
    this.attempts = facts.attempts;
  }
}

/** The failure of an operation that was never tried. */
export function refusedLocally(code: 'invalid_options' | 'invalid_request', message: string): BalanceClientError {
  return new BalanceClientError(code, message, { mayBeApplied: false, idempotencyKey: null, attempts: 0 });
}
