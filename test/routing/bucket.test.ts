import { describe, expect, it } from 'vitest';
import type { UserId } from '../../src/domain/operation.ts';
import { slotOf } from '../../src/routing/bucket.ts';

describe('slotOf', () => {
  it('spreads users evenly over any number of workers', () => {
    for (const workers of [1, 2, 3, 4, 8]) {
      const counts = Array<number>(workers).fill(0);
      for (let id = 1; id <= 20_000; id += 1) {
        const slot = slotOf(id as UserId, workers);
        counts[slot] = (counts[slot] ?? 0) + 1;
      }
      for (const count of counts) expect(Math.abs(count - 20_000 / workers)).toBeLessThan(1000);
    }
  });

  it('is crc32 of the decimal id, modulo 1024, modulo the workers', () => {
    // crc32("123456789") is the check value of the algorithm, 0xcbf43926.
    expect(slotOf(123_456_789 as UserId, 7)).toBe((0xcbf43926 % 1024) % 7);
  });
});
