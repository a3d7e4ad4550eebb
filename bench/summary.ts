import { rateNameOf, rateOf } from './rate.ts';
import type { Run } from './run.ts';
import type { Figures, Point } from './scenarios/scenario.ts';
import { SERVICE, USUAL_DESIGN } from './sides/side.ts';
import { type Spread, spreadOf } from './statistics.ts';

export type SideSummary =
  | {
      readonly kind: 'proven';
      readonly scenario: string;
      readonly side: string;
      /** The place on the scenario's axis; null in a scenario without one. */
      readonly at: number | null;
      readonly figures: Readonly<Record<string, Spread>>;
      /** Median rate divided by that of each other side of the scenario at the same place. */
      readonly ratios: Readonly<Record<string, number>>;
    }
  /** A side with one wrong run has no figure at all in that scenario. */
  | { readonly kind: 'disagreed'; readonly scenario: string; readonly side: string };

type ProvenSummary = Extract<SideSummary, { kind: 'proven' }>;

/** One summary for each side in each scenario, at each place of its axis, in the order they ran. */
export function summarize(runs: readonly Run[]): readonly SideSummary[] {
  const groups = groupBy(runs, (run) => JSON.stringify([run.scenario, run.side]));
  const summaries = groups.flatMap(summarizeSide);
  return summaries.map((summary) => (summary.kind === 'proven' ? withRatios(summary, summaries) : summary));
}

function summarizeSide(runs: readonly Run[]): readonly SideSummary[] {
  const { scenario = '', side = '' } = runs[0] ?? {};
  const points = runs.flatMap(({ result }) => (result.kind === 'proven' ? result.points : []));
  if (runs.some(({ result }) => result.kind === 'disagreed')) return [{ kind: 'disagreed', scenario, side }];
  return groupBy(points, ({ at }) => String(at)).map((atOnePlace) => ({
    kind: 'proven',
    scenario,
    side,
    at: atOnePlace[0]?.at ?? null,
    figures: spreads(atOnePlace),
    ratios: {},
  }));
}

function spreads(points: readonly Point[]): Record<string, Spread> {
  const names = Object.keys(points[0]?.figures ?? {});
  const valuesOf = (name: string) => points.map(({ figures }: { figures: Figures }) => figures[name] ?? Number.NaN);
  return Object.fromEntries(names.map((name) => [name, spreadOf(valuesOf(name))]));
}

function withRatios(summary: ProvenSummary, all: readonly SideSummary[]): SideSummary {
  const mine = rateOf(summary.figures);
  if (mine === undefined) return summary;
  const ratios: Record<string, number> = {};
  for (const other of all) {
    if (other.kind !== 'proven' || other.scenario !== summary.scenario || other.at !== summary.at) continue;
    const theirs = rateOf(other.figures);
    if (theirs !== undefined && other.side !== summary.side) ratios[other.side] = mine.median / theirs.median;
  }
  return { ...summary, ratios };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/** True when every run of every side was proven. */
export function isAllProven(runs: readonly Run[]): boolean {
  return runs.length > 0 && runs.every((run) => run.result.kind === 'proven');
}

/** Whether the runs agreed, in one plain line. */
export function proofLine(runs: readonly Run[]): string {
  const wrong = runs.filter((run) => run.result.kind === 'disagreed');
  if (wrong.length > 0) {
    const names = [...new Set(wrong.map((run) => `${run.side} in ${run.scenario}`))].join(', ');
    return `FAILED: ${wrong.length} of ${runs.length} runs disagreed with what was expected: ${names}.`;
  }
  return `All ${runs.length} runs agreed with the answers expected and with the database.`;
}

/** The same, with how the service compares when they did. */
export function verdict(runs: readonly Run[], summaries: readonly SideSummary[]): string {
  if (!isAllProven(runs)) return proofLine(runs);
  const ratios = summaries.flatMap((summary) => {
    if (summary.kind !== 'proven' || summary.side !== SERVICE || summary.at !== null) return [];
    const ratio = summary.ratios[USUAL_DESIGN];
    return ratio === undefined
      ? []
      : [`${ratio.toFixed(1)} times the ${unitOf(summary)} per second of the ${USUAL_DESIGN} (${summary.scenario})`];
  });
  const compared = ratios.length === 0 ? '' : ` ${capitalized(SERVICE)}: ${ratios.join(', ')}.`;
  return `${proofLine(runs)}${compared}`;
}

const unitOf = ({ figures }: ProvenSummary) => (rateNameOf(figures) === 'changesPerSecond' ? 'changes' : 'requests');

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
