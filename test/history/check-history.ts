import { checkAnswers } from './check-answers.ts';
import { checkLedger } from './check-ledger.ts';
import { checkRealTime } from './check-real-time.ts';
import type { UserHistory, Violation } from './history.ts';
import { HistoryIndex } from './history-index.ts';

export interface CheckOptions {
  /** Ms for which an answer may still rest on the version before a change by plain SQL that others have seen. */
  readonly outsideLagMs?: number;
}

/**
 * Everything the history breaks; nothing when each answer and each entry can be true together. Pure, and linear in the
 * number of calls and entries: the entries give the total order, so no order has to be searched for.
 */
export function checkHistory(history: UserHistory, options: CheckOptions = {}): readonly Violation[] {
  const index = new HistoryIndex(history);
  return [
    ...checkLedger(history),
    ...checkAnswers(index),
    ...checkRealTime(index, { outsideLagMs: options.outsideLagMs ?? 0 }),
  ];
}
