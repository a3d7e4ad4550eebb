import type { LedgerEntry, Violation } from './history.ts';
import { describeEntry, type HistoryIndex, mayHaveWritten, type OperationRecord } from './history-index.ts';

/** What the entries of one operation must be: one at most, asked for by somebody, and no refusal of what was covered. */
export function checkEntriesOf(operation: OperationRecord, index: HistoryIndex): readonly Violation[] {
  const violations: Violation[] = [];
  const [first, second] = operation.entries;
  if (first !== undefined && second !== undefined) {
    const entries = `${describeEntry(first)} and ${describeEntry(second)}`;
    violations.push(
      index.violation('doubled', `${operation.name} has ${operation.entries.length} entries: ${entries}`),
    );
  }
  for (const entry of operation.entries) {
    if (!operation.calls.some((call) => mayHaveWritten(call, entry))) {
      violations.push(index.violation('phantom', `${describeEntry(entry)} is of ${operation.name}, ${why(operation)}`));
    }
    violations.push(...checkRecordedRefusal(entry, index));
  }
  return violations;
}

function why({ calls }: OperationRecord): string {
  if (calls.length === 0) return 'which nobody sent';
  const answers = calls.map((call) => `${call.result.kind} for ${call.amount}`).slice(0, 5);
  return `whose ${calls.length} sending(s) ended without such an effect: ${answers.join(', ')}`;
}

/** A refusal is on record for good, also when nobody lived to hear it: it must have been due. */
function checkRecordedRefusal(entry: LedgerEntry, index: HistoryIndex): readonly Violation[] {
  const { requested, balance } = entry;
  if (requested === null) return [];
  if (entry.amount !== 0) {
    return [index.violation('false_refusal', `${describeEntry(entry)} records a refusal and yet moves money`)];
  }
  const isDue = requested < 0 ? -requested > balance : requested > Number.MAX_SAFE_INTEGER - balance;
  if (isDue) return [];
  return [index.violation('false_refusal', `${describeEntry(entry)} records a refusal of what its balance covers`)];
}
