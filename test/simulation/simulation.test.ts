import { describe, expect, it } from 'vitest';
import { PLANTED_DEFECTS } from './planted-defects.ts';
import { FAULTS } from './sim-faults.ts';
import { type SimulationResult, simulate } from './simulate.ts';

const SEEDS = 150;
/** Within so many seeds every planted defect must show. */
const SEEDS_PER_DEFECT = 500;

async function firstViolation(name: string): Promise<SimulationResult | undefined> {
  for (let seed = 1; seed <= SEEDS_PER_DEFECT; seed += 1) {
    const result = await simulate(seed, PLANTED_DEFECTS[name]);
    if (result.violations.length > 0) return result;
  }
  return undefined;
}

describe('a simulated cluster', () => {
  const happened = new Map<string, number>();

  it('keeps every promise, whatever goes wrong', async () => {
    const broken: SimulationResult[] = [];
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const result = await simulate(seed);
      if (result.violations.length > 0) broken.push(result);
      for (const [name, count] of Object.entries(result.counters))
        happened.set(name, (happened.get(name) ?? 0) + count);
    }
    expect(broken).toEqual([]);
  });

  it('has really met every kind of fault, and what comes of them', () => {
    const expected = [
      ...Object.keys(FAULTS).map((kind) => `fault: ${kind}`),
      'applied, and the reply lost',
      'request lost before it was applied',
      'guard missed',
      'retry sent to a peer',
      'retries looked up',
      'replayed',
      'refused',
      'outcome_unknown',
      'overloaded',
      'not_ready',
      'round failed: locked',
      'round failed: not_applied',
      'round failed: rejected',
      'round failed: unknown',
      'session standing_by',
    ];
    expect(expected.filter((name) => !happened.has(name))).toEqual([]);
  });

  it('lives the same life again from the same seed, and another from another', async () => {
    const first = await simulate(7);
    expect((await simulate(7)).fingerprint).toBe(first.fingerprint);
    expect((await simulate(8)).fingerprint).not.toBe(first.fingerprint);
  });
});

describe('the checks', () => {
  it('know at least 12 defects', () => {
    expect(Object.keys(PLANTED_DEFECTS).length).toBeGreaterThanOrEqual(12);
  });

  it.each(Object.keys(PLANTED_DEFECTS))('find the planted defect "%s"', async (name) => {
    expect(await firstViolation(name)).toBeDefined();
  });
});
