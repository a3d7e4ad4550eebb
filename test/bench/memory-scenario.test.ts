import { expect, it } from 'vitest';
import type { MemoryReading } from '../../bench/memory/memory-plan.ts';
import { resultOf } from '../../bench/scenarios/memory.ts';

const reading: MemoryReading = { users: 1000, liveBytes: 200_000, answered: 1000, answeredAgain: 1000, missed: 0 };

it('memory is told for all users and for each', () => {
  expect(resultOf([reading])).toEqual({
    kind: 'proven',
    points: [{ at: 1000, figures: { heapMb: 0.2, bytesPerUser: 200 } }],
  });
});

it.each([
  ['a wrong answer', { answered: 999 }, 'of 1000 users answered as created: 999, expected 1000'],
  [
    'a wrong answer from the cache',
    { answeredAgain: 0 },
    'of 1000 users answered as created once more: 0, expected 1000',
  ],
  ['users who are not in the cache', { missed: 1 }, 'of 1000 users not in the cache: 1, expected 0'],
])('memory is not told after %s', (_what, wrong, disagreement) => {
  expect(resultOf([reading, { ...reading, ...wrong }])).toEqual({ kind: 'disagreed', disagreements: [disagreement] });
});
