import type { Run } from './run.ts';
import type { Figures } from './scenarios/scenario.ts';
import { SERVICE, USUAL_DESIGN } from './sides.ts';
import { type Spread, spreadOf } from './statistics.ts';

export type SideSummary =
  | {
      readonly kind: 'proven';
      readonly scenario: string;
      readonly side: string;
      readonly figures: Readonly<Record<keyof Figures, Spread>>;
      /** Median requests per second, divided by those of the usual design; null without it. */
      readonly ratio: number | null;
    }
  /** A side with one wrong run has no figure at all in that scenario. */
  | { readonly kind: 'disagreed'; readonly scenario: string; readonly side: string };

/** One summary for each side in each scenario, in the order they ran. */
export function summarize(runs: readonly Run[]): readonly SideSummary[] {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const key = JSON.stringify([run.scenario, run.side]);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const summaries = [...groups.values()].map(summarizeSide);
  return summaries.map((summary) => withRatio(summary, summaries));
}

function summarizeSide(runs: readonly Run[]): SideSummary {
  const { scenario = '', side = '' } = runs[0] ?? {};
  const proven = runs.flatMap(({ result }) => (result.kind === 'proven' ? [result.figures] : []));
  if (proven.length < runs.length) return { kind: 'disagreed', scenario, side };
  const spread = (name: keyof Figures) => spreadOf(proven.map((figures) => figures[name]));
  const figures = {
    wallMs: spread('wallMs'),
    requestsPerSecond: spread('requestsPerSecond'),
    p50Ms: spread('p50Ms'),
    p99Ms: spread('p99Ms'),
  };
  return { kind: 'proven', scenario, side, figures, ratio: null };
}

function withRatio(summary: SideSummary, all: readonly SideSummary[]): SideSummary {
  const usual = all.find((other) => other.scenario === summary.scenario && other.side === USUAL_DESIGN);
  if (summary.kind !== 'proven' || usual?.kind !== 'proven') return summary;
  const ratio = summary.figures.requestsPerSecond.median / usual.figures.requestsPerSecond.median;
  return { ...summary, ratio };
}

/** True when every run of every side was proven. */
export function isAllProven(runs: readonly Run[]): boolean {
  return runs.length > 0 && runs.every((run) => run.result.kind === 'proven');
}

/** One plain line. */
export function verdict(runs: readonly Run[], summaries: readonly SideSummary[]): string {
  const wrong = runs.filter((run) => run.result.kind === 'disagreed');
  if (wrong.length > 0) {
    const names = [...new Set(wrong.map((run) => `${run.side} in ${run.scenario}`))].join(', ');
    return `FAILED: ${wrong.length} of ${runs.length} runs disagreed with what was expected: ${names}.`;
  }
  const ratios = summaries.flatMap((summary) =>
    summary.kind === 'proven' && summary.side === SERVICE && summary.ratio !== null
      ? [`${summary.ratio.toFixed(1)} times the requests per second of the ${USUAL_DESIGN} (${summary.scenario})`]
      : [],
  );
  const compared = ratios.length === 0 ? '' : ` ${capitalized(SERVICE)}: ${ratios.join(', ')}.`;
  return `All ${runs.length} runs agreed with the answers expected and with the database.${compared}`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
