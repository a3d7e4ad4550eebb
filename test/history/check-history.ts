import type { Call, LedgerEntry, Rule, UserHistory, Violation } from './history.ts';
import { checkRealTime } from './real-time.ts';

export interface CheckOptions {
  /** How long a change by plain SQL may go unseen. */
  readonly outsideLagMs?: number;
}

type Report = (rule: Rule, detail: string) => void;

/** The calls that ask for one thing, and the entries that stand for it. */
interface Operation {
  readonly calls: Call[];
  readonly entries: LedgerEntry[];
}

/**
 * Judges what one user's callers were told by what the ledger says. The entries are a total order, so no search is
 * needed: linear in calls and entries, but for sorting.
 */
export function checkHistory(history: UserHistory, { outsideLagMs = 0 }: CheckOptions = {}): readonly Violation[] {
  const violations: Violation[] = [];
  const report: Report = (rule, detail) => violations.push({ rule, userId: history.userId, detail });
  checkChain(history, report);
  for (const [name, operation] of operationsOf(history)) checkOperation(name, operation, report);
  checkOperationIds(history.entries, report);
  checkJudgements(history, report);
  checkRealTime(history, outsideLagMs, report);
  return violations;
}

function checkChain({ openingBalance, entries, account }: UserHistory, report: Report): void {
  let balance = openingBalance;
  for (const [index, entry] of entries.entries()) {
    if (entry.version !== index + 1) report('chain', `entry ${index + 1} has version ${entry.version}`);
    if (entry.balance !== balance + entry.amount) {
      report('chain', `version ${entry.version}: ${balance} and ${entry.amount} make ${entry.balance}`);
    }
    balance = entry.balance;
    if (balance < 0 || balance > Number.MAX_SAFE_INTEGER) {
      report('negative', `version ${entry.version} has a balance of ${balance}`);
    }
  }
  if (account.balance !== balance || account.version !== entries.length) {
    const found = `${account.balance} at version ${account.version}`;
    report('chain', `the account stands at ${found}, its entries end with ${balance} at version ${entries.length}`);
  }
  if (account.balance < 0) report('negative', `the account stands at ${account.balance}`);
}

function operationsOf({ calls, entries }: UserHistory): ReadonlyMap<string, Operation> {
  const operations = new Map<string, Operation>();
  const named = (name: string): Operation => {
    let operation = operations.get(name);
    if (operation === undefined) {
      operation = { calls: [], entries: [] };
      operations.set(name, operation);
    }
    return operation;
  };
  for (const call of calls) if (call.amount !== 0) named(call.operation).calls.push(call);
  for (const entry of entries) if (entry.operation !== null) named(entry.operation).entries.push(entry);
  return operations;
}

function checkOperation(name: string, { calls, entries }: Operation, report: Report): void {
  const [entry] = entries;
  if (entries.length > 1) {
    report('doubled', `${name} has entries at versions ${entries.map(({ version }) => version).join(', ')}`);
  }
  for (const call of calls) checkAnswer(name, call, entry, report);
  if (entry !== undefined && !calls.some((call) => mayHaveEntry(call))) {
    const told = calls.map(({ result }) => result.kind).join(', ') || 'nobody asked for it';
    report('phantom', `${name} has an entry at version ${entry.version}, but: ${told}`);
  }
  checkReplays(name, calls, report);
}

/** Everything else was told that nothing was written. */
const mayHaveEntry = ({ result, isKeyed }: Call): boolean =>
  result.kind === 'done' || result.kind === 'unknown' || (result.kind === 'refused' && isKeyed);

function checkAnswer(name: string, { amount, isKeyed, result }: Call, entry: LedgerEntry | undefined, report: Report) {
  if (result.kind !== 'done' && !(result.kind === 'refused' && isKeyed)) return;
  const { balance, version } = result;
  const told = `${name} was told ${result.kind} at version ${version} with a balance of ${balance}`;
  if (entry === undefined) return report('lost', `${told}, and has no entry`);
  const isRefusal = result.kind === 'refused';
  const isSame =
    entry.version === version &&
    entry.balance === balance &&
    entry.amount === (isRefusal ? 0 : amount) &&
    entry.requested === (isRefusal ? amount : null) &&
    (isRefusal || entry.operationId === result.operationId);
  if (!isSame) report('lost', `${told}, and has this entry: ${JSON.stringify(entry)}`);
}

function checkReplays(name: string, calls: readonly Call[], report: Report): void {
  const answers = calls.flatMap(({ result }) => (result.kind === 'done' || result.kind === 'refused' ? [result] : []));
  const [first, ...others] = answers;
  if (first === undefined) return;
  for (const other of others) {
    const isSame = JSON.stringify({ ...other, replayed: true }) === JSON.stringify({ ...first, replayed: true });
    if (!isSame) report('replay', `${name} was told ${JSON.stringify(first)} and ${JSON.stringify(other)}`);
  }
  const original = answers.filter((answer) => !answer.replayed).length;
  if (original > 1) report('replay', `${name} was answered ${original} times as if for the first time`);
}

function checkOperationIds(entries: readonly LedgerEntry[], report: Report): void {
  const seen = new Map<string, number>();
  for (const { operationId, version } of entries) {
    const first = seen.get(operationId);
    if (first !== undefined) report('doubled', `versions ${first} and ${version} are both of ${operationId}`);
    seen.set(operationId, version);
  }
}

/** Every balance that was named is the one of its version, and refuses what was refused on it. */
function checkJudgements({ calls, entries, openingBalance }: UserHistory, report: Report): void {
  const balanceAt = (version: number) => (version === 0 ? openingBalance : entries[version - 1]?.balance);
  for (const { operation, amount, result } of calls) {
    if (result.kind !== 'refused' && result.kind !== 'read') continue;
    const { balance, version } = result;
    if (balanceAt(version) !== balance) {
      const rule = result.kind === 'refused' ? 'false_refusal' : 'real_time';
      report(rule, `${operation} was told ${balance} at version ${version}, where it is ${balanceAt(version)}`);
    }
    if (result.kind === 'refused' && !isBeyond(result.code, balance, amount)) {
      report('false_refusal', `${operation}: ${balance} at version ${version} can bear ${amount}`);
    }
  }
}

function isBeyond(code: 'insufficient_funds' | 'balance_limit_exceeded', balance: number, amount: number): boolean {
  return code === 'insufficient_funds' ? balance + amount < 0 : balance + amount > Number.MAX_SAFE_INTEGER;
}
