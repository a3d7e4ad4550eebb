import type { Spread } from './statistics.ts';
import type { SideSummary } from './summary.ts';

const HEAD = ['', 'wall ms', 'requests/s', 'p50 ms', 'p99 ms', 'x usual'];

/** The summaries of one scenario: medians, with the smallest and largest run in brackets. */
export function renderTable(summaries: readonly SideSummary[]): string {
  const rows = [HEAD, ...summaries.map(rowOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return lines.map((line) => `  ${line}\n`).join('');
}

function rowOf(summary: SideSummary): string[] {
  if (summary.kind === 'disagreed') return [summary.side, 'disagreed'];
  const { wallMs, requestsPerSecond, p50Ms, p99Ms } = summary.figures;
  const ratio = summary.ratio === null ? '' : summary.ratio.toFixed(2);
  return [summary.side, cell(wallMs), cell(requestsPerSecond), cell(p50Ms), cell(p99Ms), ratio];
}

function cell({ median, min, max }: Spread): string {
  return min === max ? short(median) : `${short(median)} (${short(min)}-${short(max)})`;
}

/** Three significant digits are all that a measurement like this is worth. */
function short(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}
