import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from 'd3-scale';
import type { SideKind } from '../sides/side-kind.ts';
import type { Spread } from '../statistics.ts';
import { shortNumber } from '../table.ts';
import { decades } from './decades.ts';
import { spreadOut } from './spread-out.ts';
import { lineAt, type Plot, round, textAt } from './svg.ts';

export interface CurvePoint {
  readonly x: number;
  readonly y: Spread;
}

export interface Curve {
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
  /** Logarithmic scales have no zero; linear ones start there. */
  readonly isXLog: boolean;
  readonly isYLog: boolean;
  /** Ticks of x are the places that were measured, when they are few and the same for all curves. */
  readonly hasPlaces: boolean;
  readonly curves: readonly Curve[];
}

const HEIGHT = 250;
const TOP = 18;
const BOTTOM = HEIGHT - 44;
const LEFT = 52;
const LABEL_CHAR = 6.7;
const LABEL_HEIGHT = 15;

type Scale = ScaleContinuousNumeric<number, number>;

/** How something changes with something else: a dot with its smallest and largest run for each place, joined by lines. */
export function plotCurves(plan: Curves): Plot {
  const { id, title, width, curves, xLabel } = plan;
  const right = width - 14 - LABEL_CHAR * Math.max(...curves.map(({ label }) => label.length));
  const points = curves.flatMap((curve) => curve.points);
  const xs = points.map(({ x }) => x);
  const x: Scale = plan.isXLog
    ? scaleLog([Math.min(...xs), Math.max(...xs)], [LEFT + 8, right])
    : scaleLinear([0, Math.max(...xs)], [LEFT, right]);
  const ys = points.flatMap(({ y }) => [y.min, y.max]);
  const y: Scale = plan.isYLog
    ? scaleLog([Math.min(...ys), Math.max(...ys)], [BOTTOM, TOP]).nice()
    : scaleLinear([0, Math.max(...ys)], [BOTTOM, TOP]).nice(4);
  const places = plan.hasPlaces ? [...new Set(xs)].sort((a, b) => a - b) : x.ticks(5);
  const yTicks = plan.isYLog ? decades(y.domain() as [number, number]) : y.ticks(4);
  const body = [
    ...yTicks.map((tick) => lineAt(LEFT, y(tick), right, y(tick), 'grid')),
    ...yTicks.map((tick) => textAt({ x: LEFT - 8, y: y(tick) + 4, anchor: 'end' }, compact(tick), 'dim')),
    ...places.map((place) => textAt({ x: x(place), y: BOTTOM + 18, anchor: 'middle' }, compact(place), 'dim')),
    textAt({ x: (LEFT + right) / 2, y: BOTTOM + 37, anchor: 'middle' }, xLabel, 'dim'),
    ...curves.map((curve) => drawCurve(curve, x, y)),
    ...endLabels(curves, right, y),
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

/** Each curve is named where it ends, so that nobody has to look a colour up. */
function endLabels(curves: readonly Curve[], right: number, y: Scale): readonly string[] {
  const heights = curves.map(({ points }) => y(points.at(-1)?.y.median ?? 1));
  const places = spreadOut(heights, LABEL_HEIGHT, TOP, BOTTOM);
  return curves.map(({ label, kind }, index) =>
    textAt({ x: right + 10, y: (places[index] ?? 0) + 4 }, label, kind === 'own' ? 'own' : 'dim'),
  );
}

const compactNumber = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
const compact = (value: number) => compactNumber.format(value);

function say({ label, points }: Curve, xLabel: string): string {
  return `${label}: ${points.map(({ x, y }) => `${shortNumber(y.median)} at ${compact(x)} ${xLabel}`).join(', ')}`;
}
