import type { SideSummary } from '../summary.ts';

/**
 * Processor time per request of a server that does nothing, divided by that of the service, by scenario. Not the rate: how
 * far the service comes up to such a server there is a matter of the disk, which commits wait for, as much as of its code.
 */
export type Shares = Readonly<Record<string, number>>;

/** A fall to less than this share of the committed one fails. */
const KEPT_MIN = 0.75;

export interface Finding {
  readonly scenario: string;
  /** As committed. */
  readonly before: number;
  /** Null: this run has no proven figure. */
  readonly now: number | null;
  readonly isFallen: boolean;
}

/** The shares of one run of the bench: of `side`, held against `against`. */
export function sharesOf(summaries: readonly SideSummary[], side: string, against: string): Shares {
  const costs = new Map<string, Map<string, number>>();
  for (const summary of summaries) {
    const costUs = summary.kind === 'proven' ? summary.figures.cpuUsPerOperation?.median : undefined;
    if (costUs === undefined || !Number.isFinite(costUs)) continue;
    const ofScenario = costs.get(summary.scenario) ?? new Map<string, number>();
    costs.set(summary.scenario, ofScenario.set(summary.side, costUs));
  }
  const shares: Record<string, number> = {};
  for (const [scenario, ofScenario] of costs) {
    const [mine, theirs] = [ofScenario.get(side), ofScenario.get(against)];
    if (mine !== undefined && theirs !== undefined) shares[scenario] = theirs / mine;
  }
  return shares;
}

/** What became of each committed share. One that was not measured counts as fallen. */
export function compare(committed: Shares, measured: Shares): readonly Finding[] {
  return Object.entries(committed).map(([scenario, before]) => {
    const now = measured[scenario] ?? null;
    return { scenario, before, now, isFallen: now === null || now < KEPT_MIN * before };
  });
}
