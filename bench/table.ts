import type { Scenario } from './scenarios/scenario.ts';
import type { Spread } from './statistics.ts';
import type { SideSummary } from './summary.ts';

/** What a table needs to know of the scenario. */
export type TableForm = Pick<Scenario, 'axis' | 'columns' | 'baselines'>;

/** The summaries of one scenario: medians, with the smallest and largest run in brackets. */
export function renderTable(form: TableForm, summaries: readonly SideSummary[]): string {
  const figureNames = Object.keys(form.columns);
  const baselines = form.baselines.filter((name) => summaries.some(({ side }) => side === name));
  const head = [
    '',
    ...(form.axis === null ? [] : [form.axis]),
    ...Object.values(form.columns),
    ...baselines.map((name) => `x ${name}`),
  ];
  const rows = [head, ...summaries.map((summary) => rowOf(summary, form.axis !== null, figureNames, baselines))];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
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

function spreadCell(spread: Spread | undefined): string {
  if (spread === undefined || Number.isNaN(spread.median)) return '';
  const { median, min, max } = spread;
  return min === max ? shortNumber(median) : `${shortNumber(median)} (${shortNumber(min)}-${shortNumber(max)})`;
}

/** Three significant digits are all that a measurement like this is worth. */
export function shortNumber(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}
