import type { Fleet } from './fleet.ts';
import { collectGarbage } from './garbage.ts';
import type { Progress } from './progress.ts';
import { Releases } from './releases.ts';
import type { Contestant, Generators, LoadSettings, RunResult, Scenario, Stage } from './scenarios/scenario.ts';
import type { SideName } from './sides/side.ts';

export interface Run {
  readonly scenario: string;
  readonly side: string;
  /** From 1; 0 is the warm-up, which is kept only when it disagreed. */
  readonly run: number;
  readonly result: RunResult;
}

/** A side that could not take part, and why. */
export interface Absence {
  readonly scenario: string;
  readonly side: string;
  readonly reason: string;
}

export interface Measured {
  readonly runs: readonly Run[];
  readonly absences: readonly Absence[];
}

export interface RunPlan {
  readonly scenarios: readonly Scenario[];
  readonly runs: number;
  readonly settings: LoadSettings;
  readonly fleet: Fleet;
  readonly generators: Generators;
  readonly releases: Releases;
}

export interface Entrant {
  readonly side: string;
  readonly contestant: Contestant;
}

/** Runs every scenario on every one of its sides. */
export async function runAll(plan: RunPlan, progress: Progress): Promise<Measured> {
  const runs: Run[] = [];
  const absences: Absence[] = [];
  for (const scenario of plan.scenarios) {
    progress.scenario(scenario.name, scenario.describe(plan.settings));
    const releases = new Releases();
    plan.releases.add(() => releases.run());
    const entrants = await enterAll(scenario, { ...plan, releases }, (side, reason) => {
      absences.push({ scenario: scenario.name, side, reason });
      progress.absent(side, reason);
    });
    runs.push(...(await takeTurns(scenario.name, entrants, plan.runs, progress)));
    await releases.run();
  }
  return { runs, absences };
}

async function enterAll(
  scenario: Scenario,
  stage: Stage,
  onAbsence: (side: SideName, reason: string) => void,
): Promise<readonly Entrant[]> {
  const entered = await Promise.all(
    scenario.sides.map(async (side) => ({ side, contestant: await scenario.enter(side, stage) })),
  );
  return entered.flatMap(({ side, contestant }) => {
    if (typeof contestant !== 'string') return [{ side, contestant }];
    onAbsence(side, contestant);
    return [];
  });
}

/**
 * The sides take turns, so what disturbs the machine for a while disturbs all of them; in every second run in the reverse
 * order, so that none always follows the same neighbour. Before its first measured run of
 * a scenario, each side gets a smaller one: not measured, but proven all the same.
 */
export async function takeTurns(
  scenario: string,
  entrants: readonly Entrant[],
  runs: number,
  progress: Progress,
): Promise<readonly Run[]> {
  const done: Run[] = [];
  for (let run = 0; run <= runs; run += 1) {
    const isWarmUp = run === 0;
    const inOrder = isWarmUp || run % 2 === 1 ? entrants : entrants.toReversed();
    for (const { side, contestant } of inOrder) {
      progress.start(isWarmUp ? 'warm-up' : `run ${run}/${runs}`, side);
      // Of the run before: its answers and its proof.
      collectGarbage();
      const result = await contestant.run({ isWarmUp, onProgress: progress.update });
      progress.end(result, isWarmUp, contestant.tail());
      if (!isWarmUp || result.kind === 'disagreed') done.push({ scenario, side, run, result });
    }
  }
  return done;
}
