import type { Violation } from './history.ts';
import { type AnsweredCall, type HistoryIndex, isAnswered, nameOf, type OperationRecord } from './history-index.ts';

/**
 * The answers to all sendings of one operation are one answer, and one of them at most is the first. None need be: a
 * sending that was carried on to its owner twice, after a broken link between workers, may meet itself and be answered
 * as a replay. Without a key nothing is ever a replay.
 */
export function checkReplays(operation: OperationRecord, index: HistoryIndex): readonly Violation[] {
  const violations: Violation[] = [];
  const answered = operation.calls.filter(isAnswered);
  const [reference] = answered;
  let first: AnsweredCall | null = null;
  for (const call of answered) {
    if (reference !== undefined && reference !== call && contentOf(call) !== contentOf(reference)) {
      violations.push(index.violation('replay', `${nameOf(call)} was answered otherwise than ${nameOf(reference)}`));
    }
    if (isReplay(call)) {
      if (!call.isKeyed) violations.push(index.violation('replay', `${nameOf(call)} is called a replay without a key`));
      continue;
    }
    if (first === null) first = call;
    else violations.push(index.violation('replay', `${nameOf(call)} and ${nameOf(first)} are both called the first`));
  }
  return violations;
}

export function isReplay({ result }: AnsweredCall): boolean {
  return result.kind !== 'read' && result.replayed;
}

/** All that a replay must say again. */
function contentOf({ result }: AnsweredCall): string {
  const { kind, balance, version } = result;
  const rest = kind === 'done' ? result.operationId : kind === 'refused' ? result.code : '';
  return `${kind} ${version} ${balance} ${rest}`;
}
