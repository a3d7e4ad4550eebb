import { describe, expect, test } from 'vitest';
import { createOperationIds } from '../../src/http/operation-id.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const timeOf = (id: string) => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

function idsAt(time: { nowMs: number }): () => string {
  return createOperationIds({ wallNow: () => time.nowMs });
}

describe('operation ids', () => {
  test('have the form of a UUIDv7 in lower case and carry the time', () => {
    const next = idsAt({ nowMs: 0x0198c0de1234 });
    const id = next();
    expect(id).toMatch(UUID_V7);
    expect(id.startsWith('0198c0de-1234-7')).toBe(true);
  });

  test('ascend and never repeat within one millisecond, beyond what its counter holds', () => {
    const next = idsAt({ nowMs: 1_700_000_000_000 });
    const ids = Array.from({ length: 20_000 }, next);
    expect(ids.every((id) => UUID_V7.test(id))).toBe(true);
    expect(ids.every((id, i) => i === 0 || id > (ids[i - 1] as string))).toBe(true);
    // 2,048 to 4,096 ids fit into a millisecond, so 20,000 borrow at most 9 of them.
    expect(timeOf(ids.at(-1) as string) - 1_700_000_000_000).toBeLessThanOrEqual(9);
  });

  test('still ascend when the clock steps back by up to a second', () => {
    const time = { nowMs: 1_700_000_000_000 };
    const next = idsAt(time);
    const before = next();
    time.nowMs -= 1000;
    expect(next() > before).toBe(true);
  });

  test('follow a clock that steps back further, rather than claim a time far ahead', () => {
    const time = { nowMs: 1_700_000_000_000 };
    const next = idsAt(time);
    next();
    time.nowMs -= 60_000;
    expect(timeOf(next())).toBe(time.nowMs);
  });

  test('of two generators differ in their random part, whatever the pool was last filled with', () => {
    const time = { nowMs: 1_700_000_000_000 };
    const ids = [idsAt(time), idsAt(time)].flatMap((next) => Array.from({ length: 3000 }, next));
    expect(new Set(ids.map((id) => id.slice(19))).size).toBe(ids.length);
  });
});
