import type { Operation } from '../../src/domain/operation.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { Owner, type OwnerOptions } from '../../src/owner/owner.ts';
import { systemClock } from '../../src/time/clock.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { silentLog } from './silent-log.ts';
import { TestLease } from './test-lease.ts';

/** An owner over a ledger in memory, with a lease that the test holds. */
export function anOwner(options: Partial<OwnerOptions> = {}) {
  const ledger = new MemoryLedger();
  const lease = new TestLease();
  const owner = new Owner({
    reader: ledger,
    writer: ledger,
    lease,
    clock: systemClock,
    log: silentLog,
    ensureSound: () => undefined,
    cacheUsersMax: 100,
    pendingPerUserMax: 16_384,
    pendingMax: 65_536,
    ...options,
  });
  const handleAll = (operations: readonly Operation[]) =>
    Promise.all(operations.map((operation) => owner.handle(operation)));
  return { ledger, lease, owner, handleAll };
}

export const repeat = <T>(times: number, make: () => T): T[] => Array.from({ length: times }, make);

/** How many outcomes of each code, or kind where there is none. */
export const count = (outcomes: readonly Outcome[]) => {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) {
    const name = 'code' in outcome ? outcome.code : outcome.kind;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};

/** Lets the ledger answer `apply` only when told. */
export function hold(ledger: MemoryLedger): () => void {
  let release = (): void => undefined;
  ledger.gate = new Promise((resolve) => {
    release = resolve;
  });
  return release;
}
