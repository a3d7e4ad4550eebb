import type { Account } from '../../src/domain/decide.ts';
import type { Change, Operation, OperationId, UserId } from '../../src/domain/operation.ts';
import type { OperationHandler } from '../../src/domain/operation-handler.ts';
import { failed, type Outcome } from '../../src/domain/outcome.ts';
import type { Lease, UserChange } from '../../src/store/ledger.ts';
import { LedgerTables } from '../support/ledger-tables.ts';
import type { Defects, World } from './world.ts';

class WithoutGuard extends LedgerTables {
  protected override passesGuard({ userId }: UserChange): boolean {
    return this.account(userId) !== undefined;
  }
}

class WithoutVersionCheck extends LedgerTables {
  protected override passesGuard(change: UserChange): boolean {
    return this.staysInRange(change) && this.hasNewKeys(change);
  }
}

class EntriesWithoutUpdate extends LedgerTables {
  override apply(change: UserChange): boolean {
    const isChanged = super.apply(change);
    if (!isChanged) for (const entry of change.entries) this.append(change.userId, { ...entry, source: 'service' });
    return isChanged;
  }
}

/** Hands every operation on as `change` makes it, and every outcome back as `judge` makes it. */
function between(
  owner: OperationHandler,
  {
    change = (same) => same,
    judge = (same) => same,
  }: Readonly<{
    change?: (operation: Operation) => Operation;
    judge?: (outcome: Outcome, operation: Operation) => Outcome;
  }>,
): OperationHandler {
  return { handle: async (operation) => judge(await owner.handle(change(operation)), operation) };
}

/** Refuses on what the balance will be once everything under way has succeeded. */
function refusingEarly(owner: OperationHandler): OperationHandler {
  const known = new Map<UserId, Account>();
  const underWay = new Map<UserId, number[]>();
  return {
    async handle(operation) {
      if (operation.kind !== 'change' || operation.idempotencyKey !== null) return owner.handle(operation);
      const { userId, amount } = operation;
      const account = known.get(userId);
      const ahead = underWay.get(userId) ?? [];
      underWay.set(userId, ahead);
      const balance = (account?.balance ?? 0) + ahead.reduce((sum, each) => sum + each, 0);
      if (account !== undefined && ahead.length > 0 && balance >= 0 && balance + amount < 0) {
        const version = account.version + ahead.length;
        const judged = { balance, version } as Account;
        return { kind: 'refused', code: 'insufficient_funds', userId, amount, ...judged, replayed: false };
      }
      ahead.push(amount);
      const outcome = await owner.handle(operation);
      ahead.splice(ahead.indexOf(amount), 1);
      if ('version' in outcome) known.set(userId, { balance: outcome.balance, version: outcome.version });
      return outcome;
    },
  };
}

/** Does not see that a key it works on has come a second time. */
function missingDuplicates(owner: OperationHandler): OperationHandler {
  const open = new Set<string>();
  return {
    async handle(operation) {
      if (operation.kind !== 'change' || operation.idempotencyKey === null) return owner.handle(operation);
      const name = `${operation.userId}:${operation.idempotencyKey}`;
      if (open.has(name)) return owner.handle({ ...operation, idempotencyKey: null });
      open.add(name);
      return owner.handle(operation).finally(() => open.delete(name));
    },
  };
}

function withBalanceOfNow(outcome: Outcome, world: World): Outcome {
  const account = outcome.kind === 'changed' ? world.server.tables.account(outcome.userId) : undefined;
  return outcome.kind === 'changed' && outcome.replayed ? { ...outcome, ...account } : outcome;
}

/** Forgets whoever comes while somebody waits already. */
function losingWakeUps(lease: Lease): Lease {
  let isAwaited = false;
  return {
    isFresh: () => lease.isFresh(),
    isHeldElsewhere: () => lease.isHeldElsewhere(),
    onLost: (listener) => lease.onLost(listener),
    async whenFresh() {
      if (lease.isFresh()) return;
      if (isAwaited) await new Promise(() => undefined);
      isAwaited = true;
      await lease.whenFresh();
      isAwaited = false;
    },
  };
}

/** Trusts what it remembers, whoever may have written since. */
const neverLost = (lease: Lease): Lease => ({
  isFresh: () => true,
  isHeldElsewhere: () => lease.isHeldElsewhere(),
  whenFresh: () => lease.whenFresh(),
  onLost: () => undefined,
});

function ofRetries(message: unknown, make: (retry: Change) => Operation): unknown {
  const [sequence, operation] = message as readonly [number, Change | Outcome | null];
  return operation?.kind === 'change' && operation.isRetry ? [sequence, make(operation)] : message;
}

const anotherId = (id: OperationId) => id.replace('-8000-', '-9000-') as OperationId;

/**
 * Defects as a hurried engineer would make them, each behind one port of the service. The simulation must find every
 * one: checks that find nothing here would find nothing in the service either.
 */
export const PLANTED_DEFECTS: Readonly<Record<string, Defects>> = {
  'acknowledged before commit': { server: { acknowledgesEarly: true } },
  'guard dropped': { server: { tables: WithoutGuard } },
  'version check dropped': { server: { tables: WithoutVersionCheck } },
  'refusal released early': { owner: refusingEarly },
  'retry with a new id': {
    tamper: (message) => ofRetries(message, (retry) => ({ ...retry, id: anotherId(retry.id), isRetry: false })),
  },
  'retry not looked for': { tamper: (message) => ofRetries(message, (retry) => ({ ...retry, isRetry: false })) },
  'stale cache after a change from outside': { isDeaf: true },
  'two owners': { ownsEverything: true, server: { grantsEveryLease: true } },
  'cache kept after the lease': { lease: neverLost },
  'entry without update': { server: { tables: EntriesWithoutUpdate } },
  'replay with the new balance': {
    owner: (owner, world) => between(owner, { judge: (outcome) => withBalanceOfNow(outcome, world) }),
  },
  'lost wake-up': { lease: losingWakeUps },
  'duplicate in one round': { owner: missingDuplicates },
  'unknown reported as failed': {
    owner: (owner) =>
      between(owner, {
        judge: (outcome) =>
          outcome.kind === 'failed' && outcome.code === 'outcome_unknown' ? failed('overloaded') : outcome,
      }),
  },
};
