import type { Random } from '../support/random.ts';
import type { Call, CallResult, LedgerEntry, UserHistory } from './history.ts';

type Corruption = (history: UserHistory, random: Random) => UserHistory;

/** One or two random changes of what was answered, of when, or of what the ledger says. Some leave a legal history. */
export function corrupt(history: UserHistory, random: Random): UserHistory {
  const count = random.integer(1, 2);
  let corrupted = history;
  for (let index = 0; index < count; index += 1) corrupted = random.pick(CORRUPTIONS)(corrupted, random);
  return corrupted;
}

const CORRUPTIONS: readonly Corruption[] = [
  // Times: a call that began or ended elsewhere, by itself or with its whole interval.
  withCall((call, random) => ({
    ...call,
    invokedMs: Math.min(call.completedMs, call.invokedMs + random.integer(1, 60)),
  })),
  withCall((call, random) => ({
    ...call,
    completedMs: Math.max(call.invokedMs, call.completedMs - random.integer(1, 60)),
  })),
  withCall((call, random) => shift(call, random.integer(-80, 80))),
  // Answers.
  withCall((call, random) => ({ ...call, result: otherAccount(call.result, random) })),
  withCall((call) => ({ ...call, result: { kind: 'unknown' } })),
  withCall((call) => ({ ...call, result: { kind: 'not_applied' } })),
  withCall((call) => ({ ...call, result: flipReplayed(call.result) })),
  withCall((call, random) => ({ ...call, result: otherId(call.result, random) })),
  withCall((call, random) => (call.amount === 0 ? call : { ...call, amount: random.pick([-4, -1, 2, 3]) })),
  (history, random) => ({ ...history, calls: without(history.calls, random) }),
  // The ledger: an entry less, twice, another, or in another's name, with and without what follows put right.
  (history, random) => rewrite(history, without(history.entries, random)),
  (history, random) => rewrite(history, twice(history.entries, random)),
  (history, random) => ({ ...history, entries: without(history.entries, random) }),
  withEntry((entry) => ({ ...entry, balance: entry.balance + 1 })),
  withEntry((entry) => ({ ...entry, operationId: 'id-1' })),
  withEntry((entry) => ({ ...entry, operation: entry.operation === null ? 'call-1' : null })),
  (history) => ({ ...history, account: { ...history.account, balance: history.account.balance - 1 } }),
];

function withCall(change: (call: Call, random: Random) => Call): Corruption {
  return (history, random) => {
    const chosen = random.integer(0, history.calls.length - 1);
    return { ...history, calls: history.calls.map((call, index) => (index === chosen ? change(call, random) : call)) };
  };
}

function withEntry(change: (entry: LedgerEntry) => LedgerEntry): Corruption {
  return (history, random) => {
    const chosen = random.integer(0, history.entries.length - 1);
    return { ...history, entries: history.entries.map((entry, index) => (index === chosen ? change(entry) : entry)) };
  };
}

function shift(call: Call, byMs: number): Call {
  return { ...call, invokedMs: call.invokedMs + byMs, completedMs: call.completedMs + byMs };
}

function otherAccount(result: CallResult, random: Random): CallResult {
  if (result.kind === 'not_applied' || result.kind === 'unknown') return result;
  const by = random.pick([-1, 1]);
  return random.chance(0.5) ? { ...result, version: result.version + by } : { ...result, balance: result.balance + by };
}

function flipReplayed(result: CallResult): CallResult {
  return result.kind === 'done' || result.kind === 'refused' ? { ...result, replayed: !result.replayed } : result;
}

function otherId(result: CallResult, random: Random): CallResult {
  return result.kind === 'done' ? { ...result, operationId: random.pick(['id-1', 'id-2', 'other']) } : result;
}

function without<T>(items: readonly T[], random: Random): readonly T[] {
  const chosen = random.integer(0, items.length - 1);
  return items.filter((_, index) => index !== chosen);
}

function twice(entries: readonly LedgerEntry[], random: Random): readonly LedgerEntry[] {
  const chosen = random.integer(0, entries.length - 1);
  return entries.flatMap((entry, index) => (index === chosen ? [entry, { ...entry, operationId: 'again' }] : [entry]));
}

/** Numbers and sums up anew, so that only the callers can tell. */
function rewrite(history: UserHistory, entries: readonly LedgerEntry[]): UserHistory {
  let balance = history.openingBalance;
  const renumbered = entries.map((entry, index) => {
    balance += entry.amount;
    return { ...entry, version: index + 1, balance };
  });
  return { ...history, entries: renumbered, account: { balance, version: renumbered.length } };
}
