import { type ComparisonRow, plotComparison } from '../plot/comparison.ts';
import type { Plot } from '../plot/svg.ts';
import { rateOf } from '../rate.ts';
import { PGBENCH, USUAL_DESIGN } from '../sides/side.ts';
import { kindOf } from '../sides/side-kind.ts';
import type { Spread } from '../statistics.ts';
import { isTold } from '../table.ts';
import { ownOf, provenOf, type ScenarioView } from './scenario-view.ts';

/** How the service did in one scenario, beside what it is held against there. */
export interface Comparison {
  readonly scenario: string;
  readonly own: Spread;
  readonly reference: string;
  readonly referenceRate: Spread;
  readonly ratio: number;
  readonly row: ComparisonRow;
}

/** Scenarios without an axis in which the service and what it is held against were both proven. */
export function comparisonsOf(views: readonly ScenarioView[]): readonly Comparison[] {
  return views.flatMap((view) => {
    const own = ownOf(view);
    const proven = provenOf(view);
    const reference = [USUAL_DESIGN, PGBENCH].flatMap((name) => proven.find(({ side }) => side === name) ?? [])[0];
    const rate = rateOf(own?.figures ?? {});
    const referenceRate = rateOf(reference?.figures ?? {});
    if (view.facts.axis !== null || reference === undefined || !isTold(rate) || !isTold(referenceRate)) return [];
    const compared = proven.flatMap(({ side, figures }) => {
      const theirs = rateOf(figures);
      return isTold(theirs) ? [{ side, kind: kindOf(side), ratio: theirs.median / referenceRate.median }] : [];
    });
    const { name: scenario } = view.facts;
    const { side } = reference;
    const label = side === USUAL_DESIGN ? scenario : `${scenario} (${side} is 1×)`;
    const row = { label, reference: side, compared };
    return [{ scenario, own: rate, reference: side, referenceRate, ratio: rate.median / referenceRate.median, row }];
  });
}

export function comparisonPlot(comparisons: readonly Comparison[], width: number): Plot | null {
  if (comparisons.length === 0) return null;
  const title = `Throughput as a multiple of the ${USUAL_DESIGN}`;
  return plotComparison({ id: 'comparison', title, width, rows: comparisons.map(({ row }) => row) });
}
