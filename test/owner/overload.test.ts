import { describe, expect, it, vi } from 'vitest';
import { RoundPace } from '../../src/owner/round-pace.ts';
import { aChange } from '../support/operations.ts';
import { anOwner, count, hold } from '../support/owner.ts';

const behind = { isRunning: true, usersInRounds: 0, openInRounds: 0, ownInRounds: 0 };

describe('the pace of rounds', () => {
  it('foresees the round under way, those ahead and its own', () => {
    const pace = new RoundPace();
    pace.took(100);
    expect(pace.foresee({ ...behind, usersInRounds: 3 })).toBe(500);
    expect(pace.foresee({ ...behind, openInRounds: 2 })).toBe(400);
    expect(pace.foresee({ ...behind, ownInRounds: 4 })).toBe(600);
    // With many users ahead, each batch of one's own waits for all of them.
    expect(pace.foresee({ ...behind, usersInRounds: 3, ownInRounds: 1 })).toBe(800);
  });

  it('doubts nothing that fits into the next round, however slow rounds are', () => {
    const pace = new RoundPace();
    pace.took(60_000);
    expect(pace.foresee({ ...behind, usersInRounds: 0.99, openInRounds: 0.5 })).toBe(0);
    expect(pace.foresee({ ...behind, isRunning: false, usersInRounds: 5 })).toBe(0);
  });

  it('forgets a stall within a few rounds', () => {
    const pace = new RoundPace();
    pace.took(10);
    pace.took(5000);
    for (let i = 0; i < 10; i += 1) pace.took(10);
    expect(pace.foresee({ ...behind, usersInRounds: 1 })).toBeLessThan(200);
  });
});

describe('an owner whose ledger is slow', () => {
  /** The pace is known, a round is under way, and two rounds of other users wait. */
  async function anOwnerWithAQueue() {
    const { ledger, owner, handleAll } = anOwner();
    const first = ledger.addUser(1, 1000);
    const release = hold(ledger);
    const slow = owner.handle(aChange(first, -1));
    await new Promise((resolve) => setTimeout(resolve, 600));
    release();
    await slow;

    const releaseAgain = hold(ledger);
    const users = Array.from({ length: 2500 }, (_, index) => ledger.addUser(2 + index, 10));
    const queued = handleAll(users.map((user) => aChange(user, -1)));
    return { ledger, owner, queued, releaseAgain };
  }

  it('refuses at once what would come too late, and nothing else', async () => {
    const { ledger, owner, queued, releaseAgain } = await anOwnerWithAQueue();
    await vi.waitUntil(() => ledger.loads > 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const user = ledger.addUser(9000, 10);
    expect(await owner.handle(aChange(user, -1, { timeoutMs: 3000 }))).toEqual({ kind: 'failed', code: 'overloaded' });
    const patient = owner.handle(aChange(user, -1, { timeoutMs: 20_000 }));
    // An earlier sending may have been applied, so "nothing was applied" would not be true of it.
    const retry = owner.handle(aChange(ledger.addUser(9001, 10), -1, { timeoutMs: 3000, isRetry: true }));
    releaseAgain();
    expect(await patient).toMatchObject({ kind: 'changed', version: 1 });
    expect(await retry).toMatchObject({ kind: 'changed', version: 1 });
    expect(count(await queued)).toEqual({ changed: 2500 });
  });
});
