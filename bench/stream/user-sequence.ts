import { Random } from '../../test/support/random.ts';
import type { UserChoice, Users } from './plan.ts';

/** Drawn before the load starts, and then repeated: chance would cost time that belongs to the servers. */
const DRAWS = 1 << 17;
/** Every side gets the same users in the same order. */
const SEED = 20_26;

/** The ids to ask for, one call after the other. */
export function createUserSequence({ firstId, count }: Users, choice: UserChoice): () => number {
  let at = -1;
  if (choice === 'in-turn') {
    return () => {
      at = at + 1 < count ? at + 1 : 0;
      return firstId + at;
    };
  }
  const draw = choice === 'zipf' ? zipfRanks(count) : uniformRanks(count);
  const random = new Random(SEED);
  const ids = Float64Array.from({ length: DRAWS }, () => firstId + draw(random));
  return () => {
    at = at + 1 < DRAWS ? at + 1 : 0;
    return ids[at] ?? firstId;
  };
}

const uniformRanks = (count: number) => (random: Random) => random.integer(0, count - 1);

/** Ranks from 0, by Zipf's law with exponent 1: the k-th comes half as often as the one that is twice as far in front. */
export function zipfRanks(count: number): (random: Pick<Random, 'next'>) => number {
  const upTo = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank += 1) {
    sum += 1 / (rank + 1);
    upTo[rank] = sum;
  }
  return (random) => firstAbove(upTo, random.next() * sum);
}

/** The index of the first value above `limit` in ascending values of which the last is above it. */
function firstAbove(ascending: Float64Array, limit: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
