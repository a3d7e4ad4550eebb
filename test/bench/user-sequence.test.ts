import { describe, expect, it } from 'vitest';
import { createUserSequence, zipfRanks } from '../../bench/stream/user-sequence.ts';
import { Random } from '../support/random.ts';

const users = { firstId: 101, count: 100 };

function countsOf(next: () => number, draws: number): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < draws; i += 1) {
    const drawn = next();
    counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
  }
  return counts;
}

describe('the users of a stream', () => {
  it('come one after the other, and from the first again after the last', () => {
    const next = createUserSequence({ firstId: 7, count: 3 }, 'in-turn');
    expect([next(), next(), next(), next()]).toEqual([7, 8, 9, 7]);
  });

  it.each(['uniform', 'zipf'] as const)(
    'are all among those who were created, and all get their turn: %s',
    (choice) => {
      const ids = [...countsOf(createUserSequence(users, choice), 50_000).keys()].toSorted((a, b) => a - b);
      expect(ids).toEqual(Array.from({ length: 100 }, (_, index) => 101 + index));
    },
  );

  it('have about the same share each when chance is uniform', () => {
    for (const count of countsOf(createUserSequence(users, 'uniform'), 100_000).values()) {
      expect(count).toBeGreaterThan(850);
      expect(count).toBeLessThan(1150);
    }
  });

  it('are the same for every side', () => {
    const [one, other] = [createUserSequence(users, 'zipf'), createUserSequence(users, 'zipf')];
    for (let i = 0; i < 1000; i += 1) expect(one()).toBe(other());
  });
});

describe("Zipf's law", () => {
  it('gives the rank k the share 1/k of the first one', () => {
    const draw = zipfRanks(1000);
    const random = new Random(1);
    const counts = countsOf(() => draw(random), 400_000);
    const first = counts.get(0) ?? 0;
    // The first of 1,000 has 1/H(1000) of all.
    expect(first / 400_000).toBeCloseTo(1 / 7.4855, 2);
    for (const rank of [1, 3, 9, 19]) expect((counts.get(rank) ?? 0) / first).toBeCloseTo(1 / (rank + 1), 1.6);
  });

  it.each([
    [0, 0],
    [0.54, 0],
    [0.55, 1],
    [0.81, 1],
    [0.82, 2],
    [0.999_999, 2],
  ])('draws by its distribution function: %d of three ranks is rank %d', (chance, rank) => {
    expect(zipfRanks(3)({ next: () => chance })).toBe(rank);
  });
});
