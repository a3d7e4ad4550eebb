import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from 'd3-scale';
import type { SideKind } from '../sides/side-kind.ts';
import type { Spread } from '../statistics.ts';
import { shortNumber } from '../table.ts';
import { decades, roundNumbers } from './decades.ts';
import { spreadOut } from './spread-out.ts';
import { lineAt, type Plot, round, textAt } from './svg.ts';

export interface CurvePoint {
  readonly x: number;
  readonly y: Spread;
}

export interface Curve {
  /** What it is of, said where it cannot be seen. */
  readonly name: string;
  /** What stands at its end; may be empty. */
  readonly label: string;
  readonly kind: SideKind;
  readonly isDashed?: boolean;
  readonly points: readonly CurvePoint[];
}

export interface Curves {
  readonly id: string;
  readonly title: string;
  readonly width: number;
  readonly xLabel: string;
  /** Where it was measured: at a few places that all curves share, or anywhere. */
  readonly along: 'places' | 'anywhere';
  /** A logarithmic scale has no zero; a linear one starts there. */
  readonly isYLog: boolean;
  readonly curves: readonly Curve[];
}

const HEIGHT = 250;
const TOP = 18;
const BOTTOM = HEIGHT - 44;
const LEFT = 52;
const LABEL_CHAR = 6.7;
const LABEL_HEIGHT = 15;
const LEADER_MIN = 24;

type Scale = ScaleContinuousNumeric<number, number>;

/** How something changes with something else: a dot with its smallest and largest run for each place, joined by lines. */
export function plotCurves(plan: Curves): Plot {
  const { id, title, width, curves, xLabel } = plan;
  const right = width - 14 - LABEL_CHAR * Math.max(...curves.map(({ label }) => label.length));
  const points = curves.flatMap((curve) => curve.points);
  const xs = points.map(({ x }) => x);
  // Users, connections and rates alike grow by factors.
  const isShared = plan.along === 'places';
  const x: Scale = scaleLog([Math.min(...xs), Math.max(...xs)], [LEFT + 8, right]);
  const ys = points.flatMap(({ y }) => [y.min, y.max]);
  const y: Scale = plan.isYLog
    ? scaleLog([Math.min(...ys), Math.max(...ys)], [BOTTOM, TOP]).nice()
    : scaleLinear([0, Math.max(...ys)], [BOTTOM, TOP]).nice(4);
  const places = isShared ? [...new Set(xs)].sort((a, b) => a - b) : roundNumbers(x.domain() as [number, number]);
  const yTicks = plan.isYLog ? decades(y.domain() as [number, number]) : y.ticks(4);
  const body = [
    ...yTicks.map((tick) => lineAt(LEFT, y(tick), right, y(tick), 'grid')),
    ...yTicks.map((tick) => textAt({ x: LEFT - 8, y: y(tick) + 4, anchor: 'end' }, compact(tick), 'dim')),
    ...places.map((place) => textAt({ x: x(place), y: BOTTOM + 18, anchor: 'middle' }, compact(place), 'dim')),
    textAt({ x: (LEFT + right) / 2, y: BOTTOM + 37, anchor: 'middle' }, xLabel, 'dim'),
    ...endLabels(curves, { right, x, y }),
    ...curves.map((curve) => drawCurve(curve, x, y)),
  ];
  return {
    id,
    title,
    alt: curves.map((curve) => say(curve, xLabel)).join('; '),
    width,
    height: HEIGHT,
    body: body.join('\n'),
  };
}

function drawCurve({ kind, isDashed = false, points }: Curve, x: Scale, y: Scale): string {
  const path = points.map(
    (point, index) => `${index === 0 ? 'M' : 'L'}${round(x(point.x))} ${round(y(point.y.median))}`,
  );
  const dots = points.map((point) => {
    const { median, min, max } = point.y;
    const range = min === max ? '' : lineAt(x(point.x), y(min), x(point.x), y(max), 'range');
    return `${range}<circle class="mark ${kind}" cx="${round(x(point.x))}" cy="${round(y(median))}" r="3.5"/>`;
  });
  return `<path class="thread ${kind}${isDashed ? ' dashed' : ''}" d="${path.join('')}"/>${dots.join('')}`;
}

interface Ends {
  readonly right: number;
  readonly x: Scale;
  readonly y: Scale;
}

/** Curves are named at the right, level with their ends, so that nobody has to look a colour up. */
function endLabels(curves: readonly Curve[], { right, x, y }: Ends): readonly string[] {
  const ends = curves.flatMap(({ label, kind, points }) => {
    const last = points.at(-1);
    return label === '' || last === undefined ? [] : [{ label, kind, x: x(last.x), y: y(last.y.median) }];
  });
  const heights = spreadOut(
    ends.map((end) => end.y),
    LABEL_HEIGHT,
    TOP,
    BOTTOM,
  );
  return ends.map((end, index) => {
    const height = heights[index] ?? end.y;
    // To one that ends early the eye needs a way.
    const leader = end.x < right - LEADER_MIN ? lineAt(end.x + 8, end.y, right + 4, height, 'reference') : '';
    return leader + textAt({ x: right + 10, y: height + 4 }, end.label, end.kind === 'own' ? 'own' : 'dim');
  });
}

const compactNumber = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
const compact = (value: number) => compactNumber.format(value);

function say({ name, points }: Curve, xLabel: string): string {
  return `${name}: ${points.map(({ x, y }) => `${shortNumber(y.median)} at ${compact(x)} ${xLabel}`).join(', ')}`;
}
