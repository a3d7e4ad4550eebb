import type { Scenario } from './scenarios/scenario.ts';
import type { Spread } from './statistics.ts';
import type { SideSummary } from './summary.ts';

/** What a table needs to know of the scenario. */
export type TableForm = Pick<Scenario, 'axis' | 'columns' | 'baselines'>;

/**
 * The summaries of one scenario as cells, headings first: medians, with the smallest and largest run in brackets. The row
 * of a side that disagreed is short.
 */
export function tableCells(form: TableForm, summaries: readonly SideSummary[]): readonly (readonly string[])[] {
  const figureNames = Object.keys(form.columns);
  const baselines = form.baselines.filter((name) => summaries.some(({ side }) => side === name));
  const head = [
    '',
    ...(form.axis === null ? [] : [form.axis]),
    ...Object.values(form.columns),
    ...baselines.map((name) => `x ${name}`),
  ];
  return [head, ...summaries.map((summary) => rowOf(summary, form.axis !== null, figureNames, baselines))];
}

/** The same for a terminal. */
export function renderTable(form: TableForm, summaries: readonly SideSummary[]): string {
  const rows = tableCells(form, summaries);
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return lines.map((line) => `  ${line}\n`).join('');
}

function rowOf(
  summary: SideSummary,
  hasAxis: boolean,
  figureNames: readonly string[],
  baselines: readonly string[],
): string[] {
  if (summary.kind === 'disagreed') return [summary.side, 'disagreed'];
  const at = hasAxis ? [summary.at?.toLocaleString('en-US') ?? ''] : [];
  const figures = figureNames.map((name) => spreadCell(summary.figures[name]));
  const ratios = baselines.map((name) => summary.ratios[name]?.toFixed(2) ?? '');
  return [summary.side, ...at, ...figures, ...ratios];
}

/** Empty where nothing could be told. */
export function spreadCell(spread: Spread | undefined): string {
  if (!isTold(spread)) return '';
  const { median, min, max } = spread;
  return min === max ? shortNumber(median) : `${shortNumber(median)} (${shortNumber(min)}-${shortNumber(max)})`;
}

/** In a file, what could not be told is null. */
export const isTold = (spread: Spread | undefined): spread is Spread => Number.isFinite(spread?.median);

/** Three significant digits are all that a measurement like this is worth. */
export function shortNumber(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}
