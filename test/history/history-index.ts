import type { Call, LedgerEntry, Rule, UserHistory, Violation } from './history.ts';

/** One thing that was asked for: all its sendings, and all that the ledger says of it. */
export interface OperationRecord {
  readonly name: string;
  readonly calls: Call[];
  readonly entries: LedgerEntry[];
}

/** A call whose answer names a version: every answer but `not_applied` and `unknown`. */
export type AnsweredCall = Call & {
  readonly result: Extract<Call['result'], { readonly version: number }>;
};

/** A history, sorted by what the rules look things up by. Built once, in one pass over calls and entries. */
export class HistoryIndex {
  readonly history: UserHistory;
  readonly operations: ReadonlyMap<string, OperationRecord>;
  readonly #balances: ReadonlyMap<number, number>;

  constructor(history: UserHistory) {
    this.history = history;
    this.operations = operationsOf(history);
    const balances = new Map([[0, history.openingBalance]]);
    for (const { version, balance } of history.entries) if (!balances.has(version)) balances.set(version, balance);
    this.#balances = balances;
  }

  /** Undefined when there never was such a version. */
  balanceAt(version: number): number | undefined {
    return this.#balances.get(version);
  }

  violation(rule: Rule, detail: string): Violation {
    return { rule, userId: this.history.userId, detail };
  }
}

export function isAnswered(call: Call): call is AnsweredCall {
  return call.result.kind !== 'not_applied' && call.result.kind !== 'unknown';
}

/** True for the calls that may have written `entry`: not the ones known to be without effect, nor ones for another sum. */
export function mayHaveWritten(call: Call, entry: LedgerEntry): boolean {
  if (call.amount === 0 || call.result.kind === 'not_applied') return false;
  if (!call.isKeyed && (call.result.kind === 'refused' || entry.requested !== null)) return false;
  return call.amount === (entry.requested ?? entry.amount);
}

/** How a person finds the call in a log. */
export function nameOf(call: Call): string {
  const key = call.isKeyed ? 'keyed ' : '';
  const what = call.amount === 0 ? 'read' : `${key}change of ${call.amount}`;
  return `${call.operation} (${what}, ${call.invokedMs} to ${call.completedMs} ms, ${answerOf(call)})`;
}

function answerOf({ result }: Call): string {
  if (result.kind === 'not_applied' || result.kind === 'unknown') return result.kind;
  const flag = result.kind !== 'read' && result.replayed ? ', replayed' : '';
  return `${result.kind} with balance ${result.balance} at version ${result.version}${flag}`;
}

export function describeEntry(entry: LedgerEntry): string {
  const what = entry.requested === null ? `a change of ${entry.amount}` : `a refusal of ${entry.requested}`;
  const { version, balance, operationId } = entry;
  return `entry ${version} (${what}, amount ${entry.amount}, balance ${balance}, operation id ${operationId})`;
}

function operationsOf({ calls, entries }: UserHistory): ReadonlyMap<string, OperationRecord> {
  const operations = new Map<string, OperationRecord>();
  const recordOf = (name: string): OperationRecord => {
    const known = operations.get(name);
    if (known !== undefined) return known;
    const record = { name, calls: [], entries: [] };
    operations.set(name, record);
    return record;
  };
  for (const call of calls) recordOf(call.operation).calls.push(call);
  for (const entry of entries) if (entry.operation !== null) recordOf(entry.operation).entries.push(entry);
  return operations;
}
