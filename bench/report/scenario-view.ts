import type { ScenarioFacts, StoredResult } from '../result-file.ts';
import type { Absence } from '../run.ts';
import { kindOf } from '../sides/side-kind.ts';
import type { Spread } from '../statistics.ts';
import type { SideSummary } from '../summary.ts';
import { isTold } from '../table.ts';

export type ProvenSummary = Extract<SideSummary, { kind: 'proven' }>;

export interface Disagreement {
  readonly side: string;
  readonly run: number;
  readonly lines: readonly string[];
}

/** What a result says of one scenario. */
export interface ScenarioView {
  readonly facts: ScenarioFacts;
  /** In the order of the scenario's sides. */
  readonly summaries: readonly SideSummary[];
  readonly disagreements: readonly Disagreement[];
  readonly absences: readonly Absence[];
}

export function viewsOf({ scenarios, summaries, runs, absences }: StoredResult): readonly ScenarioView[] {
  return scenarios.map((facts) => {
    const isHere = ({ scenario }: { readonly scenario: string }) => scenario === facts.name;
    return {
      facts,
      summaries: summaries.filter(isHere),
      disagreements: runs
        .filter(isHere)
        .flatMap(({ side, run, result }) =>
          result.kind === 'disagreed' ? [{ side, run, lines: result.disagreements }] : [],
        ),
      absences: absences.filter(isHere),
    };
  });
}

/** Only a side whose every run agreed has figures. */
export const provenOf = ({ summaries }: ScenarioView): readonly ProvenSummary[] =>
  summaries.filter((summary) => summary.kind === 'proven');

export const ownOf = (view: ScenarioView): ProvenSummary | undefined =>
  provenOf(view).find(({ side }) => kindOf(side) === 'own');

export interface SideAlongAxis {
  readonly side: string;
  readonly points: readonly ProvenSummary[];
}

export function sidesAlongAxis(view: ScenarioView): readonly SideAlongAxis[] {
  const proven = provenOf(view);
  const sides = [...new Set(proven.map(({ side }) => side))];
  return sides.map((side) => ({ side, points: proven.filter((summary) => summary.side === side) }));
}

export function told({ figures }: ProvenSummary, name: string): Spread | undefined {
  const spread = figures[name];
  return isTold(spread) ? spread : undefined;
}
