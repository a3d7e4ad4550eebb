import { scaleLog } from 'd3-scale';
import { BACK_TO_FRONT, type SideKind } from '../sides/side-kind.ts';
import { ROW_HEIGHT, ROWS_TOP, rowHead, rowsHead, rowTop } from './rows.ts';
import { lineAt, type Plot, round, textAt } from './svg.ts';

export interface Compared {
  readonly side: string;
  readonly kind: SideKind;
  /** Its rate divided by that of the reference. */
  readonly ratio: number;
}

export interface ComparisonRow {
  readonly label: string;
  readonly reference: string;
  readonly compared: readonly Compared[];
}

export interface Comparison {
  readonly id: string;
  readonly title: string;
  readonly width: number;
  readonly rows: readonly ComparisonRow[];
}

const INSET = 8;
const MARK_TOP = 27;
const AXIS_HEIGHT = 46;
const RADII: Readonly<Record<SideKind, number>> = { own: 6.5, peer: 4.5, ceiling: 4.5 };
const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/**
 * How many times as fast as the reference each side was: one row for a scenario, the reference at 1. On a logarithmic
 * scale, so that twice as fast is as far from it as half as fast.
 */
export function plotComparison({ id, title, width, rows }: Comparison): Plot {
  const all = rows.flatMap(({ compared }) => compared.map(({ ratio }) => ratio));
  const domain = [Math.min(0.9, ...all) / 1.1, Math.max(2, ...all) * 1.1];
  const x = scaleLog(domain, [INSET, width - INSET]);
  const bottom = ROWS_TOP + rows.length * ROW_HEIGHT;
  const ticks = TICKS.filter((tick) => tick >= (domain[0] ?? 0) && tick <= (domain[1] ?? 0));
  const grid = ticks.map((tick) => lineAt(x(tick), ROWS_TOP, x(tick), bottom, tick === 1 ? 'reference' : 'grid'));
  const labels = ticks.map((tick) => textAt({ x: x(tick), y: bottom + 16, anchor: 'middle' }, `${tick}×`, 'dim'));
  const drawn = rows.map((row, index) => {
    const y = rowTop(index) + MARK_TOP;
    const own = row.compared.find(({ kind }) => kind === 'own');
    const value = own === undefined ? '' : `${ratioText(own.ratio)}×`;
    const head = rowHead({ label: row.label, kind: 'peer', value, beside: '' }, rowTop(index), width);
    const thread = own === undefined ? '' : lineAt(x(1), y, x(own.ratio), y, 'thread own');
    const dots = BACK_TO_FRONT.flatMap((kind) => row.compared.filter((side) => side.kind === kind)).map(
      ({ kind, ratio }) => `<circle class="mark ${kind}" cx="${round(x(ratio))}" cy="${y}" r="${RADII[kind]}"/>`,
    );
    return [head, thread, ...dots].join('');
  });
  return {
    id,
    title,
    alt: rows.map(say).join('; '),
    width,
    height: bottom + AXIS_HEIGHT,
    body: [...grid, rowsHead(width, 'this service', ''), ...drawn, ...labels, legend(bottom + 38)].join('\n'),
  };
}

function legend(y: number): string {
  const entries: readonly (readonly [SideKind, string])[] = [
    ['own', 'this service'],
    ['peer', 'on PostgreSQL too'],
    ['ceiling', 'does nothing'],
  ];
  let x = INSET;
  const marks = entries.map(([kind, label]) => {
    const mark = `<circle class="mark ${kind}" cx="${round(x)}" cy="${y - 4}" r="${RADII[kind]}"/>`;
    const text = textAt({ x: x + 12, y }, label, 'dim');
    x += 40 + label.length * 6.4;
    return mark + text;
  });
  return marks.join('');
}

export const ratioText = (ratio: number): string => (ratio >= 100 ? ratio.toFixed(0) : ratio.toPrecision(2));

function say({ label, reference, compared }: ComparisonRow): string {
  const others = compared.filter(({ side }) => side !== reference);
  return `${label}, times ${reference}: ${others.map(({ side, ratio }) => `${side} ${ratioText(ratio)}`).join(', ')}`;
}
