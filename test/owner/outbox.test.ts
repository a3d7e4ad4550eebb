import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { UserId } from '../../src/domain/operation.ts';
import { systemClock } from '../../src/time/clock.ts';
import { aChange } from '../support/operations.ts';
import { anOwner, hold } from '../support/owner.ts';

const TIMEOUT_MS = 50;

describe('a change that is committed and not answered yet', () => {
  it.each([
    ['one user', 1],
    ['two users', 2],
  ])('waits until the next round is on its way, of %s', async (_, second) => {
    const { ledger, owner } = anOwner();
    const users = [ledger.addUser(1, 10), ledger.addUser(2, 10)];
    const events: string[] = [];
    const apply = ledger.apply.bind(ledger);
    ledger.apply = (...round) => {
      events.push('sent');
      return apply(...round);
    };
    const change = (user: UserId) => owner.handle(aChange(user, -1)).then(({ kind }) => events.push(kind));
    const release = hold(ledger);
    const answers = [change(users[0] as UserId)];
    await vi.waitUntil(() => events.length === 1);
    answers.push(change(users[second - 1] as UserId));
    await new Promise(setImmediate);
    release();
    await Promise.all(answers);
    expect(events).toEqual(['sent', 'sent', 'changed', 'changed']);
  });

  it('is answered as done when its deadline passes meanwhile', async () => {
    const { ledger, owner } = anOwner();
    const user = ledger.addUser(1, 10);
    ledger.onApplied = () => {
      const endMs = performance.now() + 2 * TIMEOUT_MS;
      while (performance.now() < endMs);
    };
    expect(await owner.handle(aChange(user, -1, { timeoutMs: TIMEOUT_MS }))).toMatchObject({ kind: 'changed' });
  });

  it('is answered as done when a drain cuts its deadline meanwhile, and then the owner is idle', async () => {
    const { ledger, owner } = anOwner();
    const user = ledger.addUser(1, 10);
    let isIdle = false;
    ledger.onApplied = () =>
      queueMicrotask(() => {
        owner.cutDeadlinesTo(systemClock.now());
        void owner.whenIdle().then(() => {
          isIdle = true;
        });
      });
    const answer = owner.handle(aChange(user, -1));
    answer.then(() => expect(isIdle).toBe(false));
    expect(await answer).toMatchObject({ kind: 'changed', balance: 9 });
    await vi.waitUntil(() => isIdle);
  });

  it('is answered as done when the lease is lost meanwhile', async () => {
    const { ledger, lease, owner } = anOwner();
    onTestFinished(() => lease.regain());
    const user = ledger.addUser(1, 10);
    ledger.onApplied = () => setImmediate(() => lease.lose({ toAnother: true }));
    expect(await owner.handle(aChange(user, -1))).toMatchObject({ kind: 'changed', balance: 9 });
  });
});
