import { BalanceClientError, type BalanceClientErrorCode } from './client-error.ts';
import type { ChangeOutcome } from './outcomes.ts';

/** A change of a batch that has no outcome, and what is known of it: as BalanceClientError says it of a single one. */
export interface ChangeUnsettled {
  readonly kind: 'unsettled';
  readonly code: BalanceClientErrorCode;
  readonly message: string;
  readonly userId: number;
  readonly amount: number;
  readonly idempotencyKey: string;
  readonly mayBeApplied: boolean;
}

/**
 * Some changes of a batch have no outcome. It is thrown, so that nobody overlooks them, and `outcomes` has what became of
 * each change, in their order. `mayBeApplied` is false only when none of them was applied or may have been.
 */
export class ChangesUnsettledError extends BalanceClientError {
  override readonly name = 'ChangesUnsettledError';
  readonly outcomes: readonly (ChangeOutcome | ChangeUnsettled)[];

  constructor(outcomes: readonly (ChangeOutcome | ChangeUnsettled)[], attempts: number, cause: unknown) {
    const unsettled = outcomes.filter((outcome) => outcome.kind === 'unsettled');
    const reasons = [...new Set(unsettled.map(({ code }) => code))].join(', ');
    super('changes_unsettled', `${unsettled.length} of ${outcomes.length} changes have no outcome: ${reasons}`, {
      mayBeApplied: outcomes.some(mayBeApplied),
      idempotencyKey: null,
      attempts,
      cause,
    });
    this.outcomes = outcomes;
  }
}

const mayBeApplied = (outcome: ChangeOutcome | ChangeUnsettled) =>
  outcome.kind === 'done' || (outcome.kind === 'unsettled' && outcome.mayBeApplied);
