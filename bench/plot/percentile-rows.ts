import { scaleLog } from 'd3-scale';
import { shortNumber } from '../table.ts';
import { decades } from './decades.ts';
import { ROW_HEIGHT, ROWS_TOP, type Row, rowHead, rowsHead, rowTop } from './rows.ts';
import { lineAt, type Plot, round, textAt } from './svg.ts';

export interface Percentile {
  readonly name: string;
  readonly ms: number;
}

export interface PercentileRow extends Row {
  /** Ascending. */
  readonly percentiles: readonly Percentile[];
}

export interface PercentileRows {
  readonly id: string;
  readonly title: string;
  readonly width: number;
  readonly rows: readonly PercentileRow[];
}

const MARK_TOP = 26;
const AXIS_HEIGHT = 42;
const INSET = 8;
/** From the middle of the distribution to its end, ever smaller. */
const RADII = [6, 4.5, 3.5, 2.5, 2];

/** How long answers took, from the median to the slowest, on one logarithmic scale for all sides. */
export function plotPercentiles({ id, title, width, rows }: PercentileRows): Plot {
  const all = rows.flatMap(({ percentiles }) => percentiles.map(({ ms }) => ms));
  const x = scaleLog([Math.min(...all), Math.max(...all)], [INSET, width - INSET]).nice();
  const bottom = ROWS_TOP + rows.length * ROW_HEIGHT;
  const ticks = decades(x.domain() as [number, number]);
  const grid = ticks.map((ms) => lineAt(x(ms), ROWS_TOP - 2, x(ms), bottom, 'grid'));
  const labels = ticks.map((ms, index) =>
    textAt({ x: x(ms), y: bottom + 16, anchor: anchorOf(index, ticks.length) }, tickText(ms), 'dim'),
  );
  const marks = rows.map((row, index) => {
    const y = rowTop(index) + MARK_TOP;
    const dots = row.percentiles.map(
      ({ ms }, place) =>
        `<circle class="mark ${row.kind}" cx="${round(x(ms))}" cy="${y}" r="${RADII[place] ?? RADII.at(-1)}"/>`,
    );
    const [first, last] = [row.percentiles[0]?.ms ?? 1, row.percentiles.at(-1)?.ms ?? 1];
    return [rowHead(row, rowTop(index), width), lineAt(x(first), y, x(last), y, `thread ${row.kind}`), ...dots].join(
      '',
    );
  });
  const names = rows[0]?.percentiles.map(({ name }) => name) ?? [];
  const legend = textAt({ x: 0, y: bottom + 36 }, `Dots from large to small: ${names.join(', ')}`, 'dim');
  const say = ({ label, percentiles }: PercentileRow) =>
    `${label}: ${percentiles.map(({ name, ms }) => `${name} ${shortNumber(ms)} ms`).join(', ')}`;
  return {
    id,
    title,
    alt: rows.map(say).join('; '),
    width,
    height: bottom + AXIS_HEIGHT,
    body: [...grid, rowsHead(width, 'p99', 'p50'), ...marks, ...labels, legend].join('\n'),
  };
}

const tickText = (ms: number): string => (ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`);

/** Labels of the outermost ticks stay inside. */
function anchorOf(index: number, count: number): 'start' | 'middle' | 'end' {
  if (index === 0) return 'start';
  return index === count - 1 ? 'end' : 'middle';
}
