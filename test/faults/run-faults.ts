import { Random } from '../support/random.ts';
import type { Fault } from './fault.ts';
import { Finished } from './judge-ledger.ts';
import { runTrial, type TrialResult } from './run-trial.ts';
import type { World } from './world.ts';

export interface FaultsRun {
  readonly world: World;
  readonly seed: number;
  /** How many are injected, drawn from `faults`. */
  readonly count: number;
  readonly faults: readonly Fault[];
  readonly onResult: (result: TrialResult, done: number) => void;
  readonly onNext: (fault: Fault) => void;
}

export interface FaultsOutcome {
  readonly results: readonly TrialResult[];
  /** What changed after it had been judged. */
  readonly lateChanges: readonly string[];
}

/** Injects faults one after the other. Stops early when the service does not come back: what followed would be noise. */
export async function runFaults(run: FaultsRun): Promise<FaultsOutcome> {
  const { world } = run;
  const random = new Random(run.seed);
  const finished = new Finished();
  const results: TrialResult[] = [];
  for (const [index, fault] of draw(run.faults, run.count, random).entries()) {
    run.onNext(fault);
    const result = await runTrial({ world, fault, random: new Random(run.seed).fork(index + 1), finished });
    results.push(result);
    run.onResult(result, index + 1);
    if (result.breaches.some(({ rule }) => rule === 'not_healed')) break;
  }
  return { results, lateChanges: await finished.changedSince(world) };
}

/** Each once before any comes again, in an order of chance: so a long run misses none. */
function draw(faults: readonly Fault[], count: number, random: Random): Fault[] {
  const drawn: Fault[] = [];
  while (drawn.length < count) drawn.push(...random.shuffle(faults));
  return drawn.slice(0, count);
}
