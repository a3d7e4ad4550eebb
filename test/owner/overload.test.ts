import { describe, expect, it, vi } from 'vitest';
import { percentile } from '../../bench/statistics.ts';
import { RoundPace } from '../../src/owner/round-pace.ts';
import { delay, systemClock } from '../../src/time/clock.ts';
import { ManualClock } from '../support/manual-clock.ts';
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
    const askedAtMs = systemClock.now();
    expect(await owner.handle(aChange(user, -1, { timeoutMs: 3000 }))).toEqual({ kind: 'failed', code: 'overloaded' });
    expect(systemClock.now() - askedAtMs).toBeLessThan(1000);
    const patient = owner.handle(aChange(user, -1, { timeoutMs: 20_000 }));
    // An earlier sending may have been applied, so "nothing was applied" would not be true of it.
    const retry = owner.handle(aChange(ledger.addUser(9001, 10), -1, { timeoutMs: 3000, isRetry: true }));
    releaseAgain();
    expect(await patient).toMatchObject({ kind: 'changed', version: 1 });
    expect(await retry).toMatchObject({ kind: 'changed', version: 1 });
    expect(count(await queued)).toEqual({ changed: 2500 });
  });
});

/** A ledger that bears 2,048 users a second, and time that passes only when it is told to. */
function aSlowLedger() {
  const clock = new ManualClock();
  const parts = anOwner({ clock, cacheUsersMax: 20_000 });
  const { ledger } = parts;
  const apply = ledger.apply.bind(ledger);
  ledger.apply = async (...round) => {
    await delay(clock, 500);
    return apply(...round);
  };
  return { ...parts, clock };
}

describe('three times the load that the ledger bears', () => {
  it('leaves nearly all of what it bears, in time and with no outcome unknown', async () => {
    const { ledger, owner, clock } = aSlowLedger();
    const users = Array.from({ length: 10_000 }, (_, index) => ledger.addUser(1 + index, 10_000));
    const times: Record<string, number[]> = {};
    const [stepMs, perStep, warmUpMs, durationMs] = [20, 123, 6000, 16_000];
    let sent = 0;
    while (clock.now() < durationMs) {
      for (let i = 0; i < perStep; i += 1) {
        const atMs = clock.now();
        sent += 1;
        const change = { ...aChange(users[sent % users.length] as number, -1), deadlineMs: atMs + 5000 };
        void owner.handle(change).then((outcome) => {
          if (clock.now() < warmUpMs) return;
          const name = 'code' in outcome ? outcome.code : outcome.kind;
          times[name] ??= [];
          times[name].push(clock.now() - atMs);
        });
      }
      clock.advance(stepMs);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const bearable = (2048 * (durationMs - warmUpMs)) / 1000;
    expect(Object.keys(times).sort()).toEqual(['changed', 'overloaded']);
    expect(times.changed?.length).toBeGreaterThan(0.9 * bearable);
    expect(Math.max(...(times.changed ?? []))).toBeLessThan(4000);
    // At once: within the step in which it came.
    expect(percentile(times.overloaded ?? [], 0.99)).toBe(stepMs);
  });
});
