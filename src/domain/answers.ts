import type { Account, Decision, Entry, RecordedEntry } from './decide.ts';
import type { Amount, Change, Creation } from './operation.ts';
import { type Outcome, type RefusalCode, rejected } from './outcome.ts';

/** The outcome of each change of a batch, once what was decided is committed. */
export function outcomesOf(changes: readonly Change[], decisions: readonly Decision[]): readonly Outcome[] {
  const outcomes: Outcome[] = [];
  for (const [index, change] of changes.entries()) {
    const decision = decisions[index];
    if (decision === undefined) throw new RangeError(`no decision for change ${index} of ${changes.length}`);
    outcomes.push(outcomeOf(change, decision, outcomes));
  }
  return outcomes;
}

function outcomeOf(change: Change, decision: Decision, earlier: readonly Outcome[]): Outcome {
  switch (decision.kind) {
    case 'accepted':
      return changed(change, decision.entry, false);
    case 'refused':
      return refused(change, decision.code, decision.account, false);
    case 'duplicate': {
      const first = earlier[decision.of];
      if (first === undefined) throw new RangeError(`change repeats ${decision.of}, which is not before it`);
      const isReplayable = first.kind === 'changed' || first.kind === 'refused';
      return isReplayable && change.idempotencyKey !== null ? { ...first, replayed: true } : first;
    }
    case 'key_reused':
      return rejected('idempotency_key_reused');
  }
}

/** The answer that the entry of an earlier sending stands for, or 422 when the key was used for something else. */
export function replayedChange(change: Change, entry: RecordedEntry, replayed: boolean): Outcome {
  const requested = entry.refusal?.requested ?? entry.amount;
  if (entry.source !== 'service' || requested !== change.amount) return rejected('idempotency_key_reused');
  if (entry.refusal === null) return changed(change, entry, replayed);
  return refused(change, entry.refusal.code, entry, replayed);
}

/** The answer to a creation whose user exists, by the entry under its key. */
export function replayedCreation(creation: Creation, entry: RecordedEntry): Outcome {
  if (entry.source !== 'opening' || entry.amount !== creation.balance) return rejected('idempotency_key_reused');
  return { kind: 'created', userId: creation.userId, balance: entry.balance, version: entry.version, replayed: true };
}

function changed(change: Change, entry: Entry, replayed: boolean): Outcome {
  return {
    kind: 'changed',
    userId: change.userId,
    amount: entry.amount as Amount,
    balance: entry.balance,
    version: entry.version,
    operationId: entry.operationId,
    replayed,
  };
}

/** A refusal that rests on `account`. */
export function refused(change: Change, code: RefusalCode, account: Account, replayed: boolean): Outcome {
  const { userId, amount } = change;
  return { kind: 'refused', code, userId, amount, balance: account.balance, version: account.version, replayed };
}
