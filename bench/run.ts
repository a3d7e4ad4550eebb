import type { LoadGenerator } from './load.ts';
import type { Progress } from './progress.ts';
import type { RunResult, Scenario } from './scenarios/scenario.ts';
import type { Side } from './sides.ts';

export interface Run {
  readonly scenario: string;
  readonly side: string;
  /** From 1. */
  readonly run: number;
  readonly result: RunResult;
}

export interface RunPlan {
  readonly scenarios: readonly Scenario[];
  readonly sides: readonly Side[];
  readonly runs: number;
  readonly withdrawals: number;
}

/** Enough for V8 to compile the hot code of a server and of the generator. */
const WARM_UP_MAX = 10_000;

/**
 * Runs every scenario on every side. The sides take turns, so what disturbs the machine for a while disturbs all of
 * them. Before its first measured run of a scenario, each side gets a smaller one: not measured, but proven all the same.
 */
export async function runAll(plan: RunPlan, load: LoadGenerator, progress: Progress): Promise<readonly Run[]> {
  const done: Run[] = [];
  for (const scenario of plan.scenarios) {
    progress.scenario(scenario.name, scenario.describe(plan.withdrawals));
    for (let run = 0; run <= plan.runs; run += 1) {
      const isWarmUp = run === 0;
      const withdrawals = isWarmUp ? Math.min(plan.withdrawals, WARM_UP_MAX) : plan.withdrawals;
      for (const side of plan.sides) {
        progress.start(isWarmUp ? 'warm-up' : `run ${run}/${plan.runs}`, side.name, withdrawals);
        const result = await scenario.run({ side, load, withdrawals, onProgress: progress.update });
        progress.end(result, isWarmUp, side.tail());
        if (!isWarmUp || result.kind === 'disagreed')
          done.push({ scenario: scenario.name, side: side.name, run, result });
      }
    }
  }
  return done;
}
