import { expect, it } from 'vitest';
import { Random } from '../support/random.ts';
import { searchOrder } from './brute-force.ts';
import { checkHistory } from './check-history.ts';
import type { UserHistory } from './history.ts';
import { corrupt } from './history-corruption.ts';
import { generateHistory } from './history-generator.ts';

const SEEDS = 4_000;

function draw(random: Random): UserHistory {
  const callCount = random.integer(4, 12);
  return generateHistory(random, {
    callCount,
    openingBalance: random.integer(2, 8),
    spreadMs: random.pick([4, 15, 40]),
  });
}

function search(history: UserHistory) {
  const { openingBalance, calls, account, entries } = history;
  const outsideAmounts = entries.filter((entry) => entry.operation === null).map((entry) => entry.amount);
  return searchOrder({ openingBalance, calls, account, outsideAmounts });
}

it('finds nothing in legal histories, and neither does the search', () => {
  for (let seed = 1; seed <= SEEDS / 4; seed += 1) {
    const history = draw(new Random(seed));
    expect(checkHistory(history), `seed ${seed}`).toEqual([]);
    expect(search(history), `seed ${seed}`).not.toBeNull();
  }
});

/**
 * The search sees callers and the final account; the checker sees the ledger too. So they agree in this sense:
 * what the checker passes, some order explains; and what some order explains, the checker passes with the ledger of
 * that order. The two together: no ledger can make the checker pass what no order explains.
 */
it('agrees with the search on corrupted histories', () => {
  const count = { bothPass: 0, bothFail: 0, onlyTheLedgerIsWrong: 0 };
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const random = new Random(seed);
    const history = corrupt(draw(random), random);
    const found = checkHistory(history);
    const order = search(history);
    if (order === null) {
      expect(found, `seed ${seed}: no order explains it`).not.toEqual([]);
      count.bothFail += 1;
      continue;
    }
    expect(checkHistory({ ...history, entries: order }), `seed ${seed}: an order explains it`).toEqual([]);
    count[found.length === 0 ? 'bothPass' : 'onlyTheLedgerIsWrong'] += 1;
  }
  for (const [verdict, times] of Object.entries(count)) expect(times, verdict).toBeGreaterThan(SEEDS / 20);
});

it('takes about ten times as long for ten times the calls', () => {
  const timeOf = (callCount: number) => {
    const history = generateHistory(new Random(1), { callCount, openingBalance: 1_000, spreadMs: 300 });
    const times = [1, 2, 3].map(() => {
      // Time of the processor, not of the clock: what else the machine does is not the checker's.
      const started = process.cpuUsage();
      expect(checkHistory(history)).toEqual([]);
      return process.cpuUsage(started).user / 1_000;
    });
    return Math.min(...times);
  };
  timeOf(10_000);
  const shortMs = timeOf(10_000);
  const longMs = timeOf(100_000);
  expect(longMs).toBeLessThan(2_000);
  expect(longMs / shortMs).toBeLessThan(40);
});
