import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/domain/operation.ts';
import { delay, systemClock } from '../../src/time/clock.ts';
import { stillKept } from '../support/garbage.ts';
import { aBalanceQuery, aChange, aCreation, anEntriesQuery } from '../support/operations.ts';
import { anOwner, count, hold, repeat } from '../support/owner.ts';

const USERS = 200;
const TIMEOUT_MS = 100;

/** Operations of every kind for one user, which are given up soon. */
function operationsOf(userId: number): Operation[] {
  const operations: Operation[] = [
    aChange(userId, -1),
    aChange(userId, -1, { key: 'again' }),
    aChange(userId, -1, { isRetry: true }),
    aBalanceQuery(userId),
    anEntriesQuery(userId),
    aCreation(userId, 5),
  ];
  return operations.map((operation) => ({ ...operation, deadlineMs: systemClock.now() + TIMEOUT_MS }));
}

describe('an owner, while the database is away', () => {
  it('keeps nothing of an operation that was answered', async () => {
    const { ledger, lease, owner, handleAll } = anOwner();
    const userIds = Array.from({ length: USERS }, (_, index) => ledger.addUser(index + 1, 1000));
    const hot = ledger.addUser(USERS + 1, 1000);
    // One user's round is under way when the database goes.
    const release = hold(ledger);
    const inFlight = owner.handle({ ...aChange(hot, -1), deadlineMs: systemClock.now() + TIMEOUT_MS });
    await delay(systemClock, 10);
    lease.lose();

    const kept: WeakRef<Operation>[] = [];
    const wave = async () => {
      const operations = [...userIds, ...repeat(USERS, () => hot)].flatMap(operationsOf);
      kept.push(...operations.map((operation) => new WeakRef(operation)));
      return count(await handleAll(operations));
    };
    for (let waves = 0; waves < 2; waves += 1) {
      // On a busy machine some come too late to wait at all.
      const { not_ready: notReady = 0, overloaded = 0, outcome_unknown: unknown = 0 } = await wave();
      expect(notReady + overloaded).toBe(USERS * 10);
      // A retry may have been applied by its earlier sending.
      expect(unknown).toBe(USERS * 2);
    }
    expect(await inFlight).toEqual({ kind: 'failed', code: 'outcome_unknown' });
    // Whoever comes next finds what has expired of this user.
    await owner.handle({ ...aChange(hot, -1), deadlineMs: systemClock.now() + TIMEOUT_MS });
    expect(await stillKept(kept)).toHaveLength(0);

    release();
    lease.regain();
    expect(await owner.handle(aChange(userIds[0] as number, -1))).toMatchObject({ kind: 'changed', balance: 999 });
    expect(await owner.handle(aBalanceQuery(hot))).toMatchObject({ balance: 999, version: 1 });
  });
});
