import { checkEntriesOf } from './check-entries.ts';
import { checkReplays } from './check-replays.ts';
import type { Call, LedgerEntry, Violation } from './history.ts';
import {
  type AnsweredCall,
  describeEntry,
  type HistoryIndex,
  isAnswered,
  nameOf,
  type OperationRecord,
} from './history-index.ts';

/** What each answer says, against the ledger: `lost`, `doubled`, `phantom`, `replay` and what a refusal rests on. */
export function checkAnswers(index: HistoryIndex): readonly Violation[] {
  const violations: Violation[] = [];
  for (const operation of index.operations.values()) {
    violations.push(...checkEntriesOf(operation, index), ...checkReplays(operation, index));
    for (const call of operation.calls) {
      if (isAnswered(call)) violations.push(...checkAnswer(call, operation, index));
    }
  }
  return violations;
}

function checkAnswer(call: AnsweredCall, operation: OperationRecord, index: HistoryIndex): readonly Violation[] {
  switch (call.result.kind) {
    case 'done':
      return checkEntryOf(call, operation, index);
    case 'refused':
      return [...(call.isKeyed ? checkEntryOf(call, operation, index) : []), ...checkRefusal(call, index)];
    case 'read':
      return checkRead(call, index);
  }
}

function checkEntryOf(call: AnsweredCall, operation: OperationRecord, index: HistoryIndex): readonly Violation[] {
  if (operation.entries.some((entry) => says(entry, call))) return [];
  const [entry] = operation.entries;
  const instead = entry === undefined ? 'the ledger has no entry of it' : `the ledger says ${describeEntry(entry)}`;
  return [index.violation('lost', `${nameOf(call)} was acknowledged, but ${instead}`)];
}

/** True when the entry records what the call asked for and what it was answered. */
function says(entry: LedgerEntry, { amount, result }: AnsweredCall): boolean {
  if (entry.version !== result.version || entry.balance !== result.balance) return false;
  if (result.kind === 'refused') return entry.amount === 0 && entry.requested === amount;
  return (
    result.kind === 'done' &&
    entry.requested === null &&
    entry.amount === amount &&
    entry.operationId === result.operationId
  );
}

function checkRead(call: AnsweredCall, index: HistoryIndex): readonly Violation[] {
  const balance = index.balanceAt(call.result.version);
  if (balance === call.result.balance) return [];
  return [index.violation('lost', `${nameOf(call)} was answered with what the ledger never held: ${held(balance)}`)];
}

function checkRefusal(call: AnsweredCall, index: HistoryIndex): readonly Violation[] {
  const { result } = call;
  if (result.kind !== 'refused') return [];
  const balance = index.balanceAt(result.version);
  if (balance !== result.balance) {
    return [index.violation('false_refusal', `${nameOf(call)} rests on what the ledger never held: ${held(balance)}`)];
  }
  if (result.code === whyRefused(balance, call)) return [];
  return [index.violation('false_refusal', `${nameOf(call)} got ${result.code}, but ${balance} does not call for it`)];
}

/** The code with which `balance` must refuse the call, or null. Compares without adding: a sum might be rounded. */
function whyRefused(balance: number, { amount }: Call): string | null {
  if (amount < 0 && -amount > balance) return 'insufficient_funds';
  if (amount > 0 && amount > Number.MAX_SAFE_INTEGER - balance) return 'balance_limit_exceeded';
  return null;
}

function held(balance: number | undefined): string {
  return balance === undefined ? 'there is no such version' : `the balance at this version is ${balance}`;
}
