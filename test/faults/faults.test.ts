import { afterAll, beforeAll, expect, it } from 'vitest';
import { catalogue } from './catalogue/catalogue.ts';
import { runFaults } from './run-faults.ts';
import { World } from './world.ts';

/** Those that take little time, of every kind. `npm run faults` injects all of them. */
const quick = [
  'worker-killed-after-commit',
  'postmaster-killed',
  'reply-lost-committed',
  'reply-lost-not-committed',
  'row-locked',
  'one-key',
];
const SEED = 20_261_123;

let world: World;

beforeAll(async () => {
  world = await World.open({ workers: 2, seed: SEED });
});

afterAll(async () => {
  await world.close();
});

it('loses, doubles and withholds nothing while workers, connections and PostgreSQL die under it', {
  timeout: 60_000,
}, async () => {
  const faults = catalogue.filter(({ name }) => quick.includes(name));
  expect(faults).toHaveLength(quick.length);
  const run = { world, seed: SEED, count: faults.length, faults, onResult: () => undefined, onNext: () => undefined };
  const { results, lateChanges } = await runFaults(run);
  expect(results.filter(({ breaches }) => breaches.length > 0)).toEqual([]);
  expect(lateChanges).toEqual([]);
  expect(results).toHaveLength(quick.length);
  // Without load and refusals there would be nothing to lose, and nothing to refuse falsely.
  for (const { fault, done, refused } of results) {
    expect(done, fault).toBeGreaterThan(20);
    expect(refused, fault).toBeGreaterThan(10);
  }
});
