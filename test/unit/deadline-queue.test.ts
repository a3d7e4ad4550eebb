import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineQueue, type Expiring } from '../../src/time/deadline-queue.ts';
import { ManualClock } from '../support/manual-clock.ts';

interface Item extends Expiring {
  readonly name: number;
}

const item = (name: number, deadlineMs: number): Item => ({ name, deadlineMs, earlier: null, later: null });

describe('DeadlineQueue', () => {
  it('expires what is still queued at its deadline, and nothing that was removed', () => {
    const clock = new ManualClock();
    const expired: number[] = [];
    const queue = new DeadlineQueue<Item>(clock, ({ name }) => expired.push(name));
    const items = [item(1, 10), item(2, 20), item(3, 30)];
    for (const each of items) queue.add(each);
    queue.remove(items[1] as Item);
    clock.advance(25);
    expect(expired).toEqual([1]);
    clock.advance(10);
    expect(expired).toEqual([1, 3]);
  });

  it('brings deadlines forward for a drain, for what is queued and for what is still to come', () => {
    const clock = new ManualClock();
    const expired: number[] = [];
    const queue = new DeadlineQueue<Item>(clock, ({ name }) => expired.push(name));
    queue.add(item(1, 5));
    queue.add(item(2, 100));
    queue.cutTo(20);
    queue.add(item(3, 100));
    clock.advance(19);
    expect(expired).toEqual([1]);
    clock.advance(1);
    expect(expired).toEqual([1, 2, 3]);
  });

  it('expires every item at its own time, whatever order they come and go in', () => {
    const steps = fc.array(fc.record({ afterMs: fc.nat(5), lastsMs: fc.nat(50), isRemoved: fc.boolean() }));
    fc.assert(
      fc.property(steps, (plan) => {
        const clock = new ManualClock();
        const expiredAt = new Map<number, number>();
        const queue = new DeadlineQueue<Item>(clock, ({ name }) => expiredAt.set(name, clock.now()));
        const expected = new Map<number, number>();
        for (const [name, { afterMs, lastsMs, isRemoved }] of plan.entries()) {
          clock.advance(afterMs);
          const added = item(name, clock.now() + lastsMs);
          queue.add(added);
          if (isRemoved) queue.remove(added);
          else expected.set(name, added.deadlineMs);
        }
        clock.advance(1000);
        expect(expiredAt).toEqual(expected);
      }),
    );
  });
});
