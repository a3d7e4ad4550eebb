import { describe, expect, it } from 'vitest';
import { HotUsers } from '../../src/observability/hot-users.ts';

describe('HotUsers', () => {
  it('finds a user who is hit in large shares, exactly', () => {
    const hot = new HotUsers();
    hot.add(7, 100);
    hot.add(7, 50);
    hot.add(8, 20);
    expect(hot.take(10)).toEqual([
      { userId: 7, operations: 150 },
      { userId: 8, operations: 20 },
    ]);
  });

  it('finds a user with a tenth of the operations among tens of thousands of others, about right', () => {
    const hot = new HotUsers();
    for (let i = 0; i < 100_000; i += 1) hot.add((i * 7919) % 10 === 3 ? 42 : 1000 + (i % 50_000), 1);
    const [first] = hot.take(1);
    expect(first?.userId).toBe(42);
    expect(first?.operations).toBeGreaterThan(8000);
    // It errs upwards, by the least count of 128 at most.
    expect(first?.operations).toBeLessThan(12_000);
  });

  it('begins anew when it has been asked', () => {
    const hot = new HotUsers();
    hot.add(7, 100);
    hot.take(10);
    expect(hot.take(10)).toEqual([]);
    hot.add(9, 30);
    expect(hot.take(10)).toEqual([{ userId: 9, operations: 30 }]);
  });
});
