import { scaleLinear } from 'd3-scale';
import { shortNumber } from '../table.ts';
import { ROW_HEIGHT, ROWS_TOP, type Row, rowHead, rowsHead, rowTop } from './rows.ts';
import { lineAt, type Plot, round } from './svg.ts';

export interface Bar extends Row {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Bars {
  readonly id: string;
  readonly title: string;
  readonly width: number;
  /** Over the values. */
  readonly unit: string;
  /** Over what is said beside the values. */
  readonly besides: string;
  readonly bars: readonly Bar[];
}

const BAR_HEIGHT = 11;
const BAR_TOP = 22;

/** Values from zero as bars, each with a line from its smallest run to its largest. */
export function plotBars({ id, title, width, unit, besides, bars }: Bars): Plot {
  const x = scaleLinear([0, Math.max(...bars.map(({ max }) => max))], [0, width - 2]);
  const rows = bars.map((bar, index) => {
    const top = rowTop(index);
    const middle = top + BAR_TOP + BAR_HEIGHT / 2;
    const range =
      bar.min === bar.max
        ? ''
        : lineAt(x(bar.min), middle, x(bar.max), middle, 'range') +
          [bar.min, bar.max].map((end) => lineAt(x(end), middle - 3, x(end), middle + 3, 'range')).join('');
    const length = round(Math.max(1, x(bar.median)));
    return (
      rowHead(bar, top, width) +
      `<rect class="mark ${bar.kind}" x="1" y="${top + BAR_TOP}" width="${length}" height="${BAR_HEIGHT}" rx="1.5"/>${range}`
    );
  });
  return {
    id,
    title,
    alt: bars.map(({ label, median }) => `${label}: ${shortNumber(median)} ${unit}`).join('; '),
    width,
    height: ROWS_TOP + bars.length * ROW_HEIGHT,
    body: rowsHead(width, unit, besides) + rows.join('\n'),
  };
}
