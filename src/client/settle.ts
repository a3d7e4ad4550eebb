import type { ServiceRequest } from './attempt.ts';
import { Attempts, type CallOptions } from './attempts.ts';
import { BalanceClientError, type BalanceClientErrorCode } from './client-error.ts';
import type { Settings } from './settings.ts';
import { judgeAttempt, type ReadReply, type Unsettled } from './verdict.ts';

/** One operation, and how to know that it is settled. */
export interface Call<T> {
  readonly request: ServiceRequest;
  readonly read: ReadReply<T>;
  /**
   * What it does to send it twice: `reading` changes nothing, a `keyed` change is applied once, an `unkeyed` one could be
   * applied twice, so it is sent again only when nothing of it was applied.
   */
  readonly repetition: 'reading' | 'keyed' | 'unkeyed';
  /** For the error. */
  readonly idempotencyKey: string | null;
}

/** Makes attempts until one settles the operation. Throws BalanceClientError. */
export async function settle<T>(settings: Settings, call: Call<T>, options: CallOptions): Promise<T> {
  const attempts = new Attempts(settings, options);
  let mayBeApplied = false;
  for (;;) {
    const verdict = judgeAttempt(await attempts.make(call.request), call.read);
    if (verdict.kind === 'settled') return verdict.outcome;
    mayBeApplied = call.repetition !== 'reading' && isPossiblyApplied(mayBeApplied, verdict);
    const fail = (code: BalanceClientErrorCode, cause: unknown) =>
      new BalanceClientError(code, messageOf(code, verdict.reason, attempts.made), {
        mayBeApplied,
        idempotencyKey: call.idempotencyKey,
        attempts: attempts.made,
        cause,
      });
    if (verdict.kind === 'failed') throw fail(verdict.code, verdict.cause);
    const isRepeatable = call.repetition !== 'unkeyed' || verdict.effect === 'nothing' || options.signal?.aborted;
    const stop = isRepeatable ? await attempts.pause(verdict.retryAfterMs) : 'outcome_unknown';
    if (stop !== null) throw fail(stop, stop === 'aborted' ? options.signal?.reason : verdict.cause);
  }
}

/** Whether anything of the operation may have been applied, given what was known before this attempt. */
export function isPossiblyApplied(before: boolean, { effect }: Unsettled): boolean {
  return effect === 'anything' || (effect === 'nothing' && before);
}

export function messageOf(code: BalanceClientErrorCode, reason: string, attempts: number): string {
  return `${code} after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}: ${reason}`;
}
