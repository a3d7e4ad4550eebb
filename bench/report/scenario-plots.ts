import { plotBars } from '../plot/bars.ts';
import { ratioText } from '../plot/comparison.ts';
import { type Curve, plotCurves } from '../plot/curves.ts';
import { plotPercentiles } from '../plot/percentile-rows.ts';
import type { Plot } from '../plot/svg.ts';
import { rateNameOf } from '../rate.ts';
import { kindOf } from '../sides/side-kind.ts';
import { shortNumber } from '../table.ts';
import { type ProvenSummary, provenOf, type ScenarioView, sidesAlongAxis, told } from './scenario-view.ts';

/** Those of a latency, with their names, ascending. */
const PERCENTILES = [
  ['p50Ms', 'p50'],
  ['p90Ms', 'p90'],
  ['p99Ms', 'p99'],
  ['p999Ms', 'p99.9'],
  ['maxMs', 'max'],
] as const;
const PERCENTILE_NAMES: readonly string[] = PERCENTILES.map(([name]) => name);

/** A figure that a load was asked for says nothing about a side; where it is told, it is the axis. */
const ASKED_RATE = 'ratePerSecond';

const ASKED_RATE_LABEL = 'requests/s asked for';

/** What is worth a drawing in one scenario. Empty when no side was proven. */
export function plotsOf(view: ScenarioView, width: number): readonly Plot[] {
  if (provenOf(view).length === 0) return [];
  const plots = view.facts.axis === null ? [rates(view, width), latencies(view, width)] : alongAxis(view, width);
  return plots.filter((plot) => plot !== null);
}

function rates(view: ScenarioView, width: number): Plot | null {
  const proven = provenOf(view);
  const name = rateNameOf(proven[0]?.figures ?? {});
  const own = proven.find(({ side }) => kindOf(side) === 'own');
  const bars = proven.flatMap((summary) => {
    const rate = told(summary, name);
    const ratio = own?.ratios[summary.side];
    if (rate === undefined) return [];
    const beside = typeof ratio === 'number' ? `${ratioText(ratio)}×` : '';
    const head = { label: summary.side, kind: kindOf(summary.side), value: shortNumber(rate.median) };
    return [{ ...head, beside, isBesideStrong: true, ...rate }];
  });
  if (bars.length === 0) return null;
  const unit = view.facts.columns[name] ?? name;
  const besides = own === undefined ? '' : `${own.side} does`;
  return plotBars({ id: `${view.facts.name}-rate`, title: `${view.facts.name}: ${unit}`, width, unit, besides, bars });
}

function latencies(view: ScenarioView, width: number): Plot | null {
  const rows = provenOf(view).flatMap((summary) => {
    const percentiles = PERCENTILES.flatMap(([figure, name]) => {
      const spread = told(summary, figure);
      return spread === undefined || spread.median <= 0 ? [] : [{ name, ms: spread.median }];
    });
    if (percentiles.length < 2) return [];
    const msOf = (name: string) => {
      const ms = percentiles.find((percentile) => percentile.name === name)?.ms;
      return ms === undefined ? '' : `${shortNumber(ms)} ms`;
    };
    const { side } = summary;
    return [{ label: side, kind: kindOf(side), value: msOf('p99'), beside: msOf('p50'), percentiles }];
  });
  if (rows.length === 0) return null;
  return plotPercentiles({
    id: `${view.facts.name}-latency`,
    title: `${view.facts.name}: latency of a request`,
    width,
    rows,
  });
}

function alongAxis(view: ScenarioView, width: number): readonly (Plot | null)[] {
  const columns = Object.entries(view.facts.columns).filter(
    ([name]) => !PERCENTILE_NAMES.includes(name) && name !== ASKED_RATE,
  );
  return [
    ...columns.map(([name, heading]) => figureAlongAxis(view, name, heading, width)),
    latencyAlongAxis(view, width),
  ];
}

function figureAlongAxis(view: ScenarioView, name: string, heading: string, width: number): Plot | null {
  const { facts } = view;
  const curves = sidesAlongAxis(view).flatMap(({ side, points }) => curveOf(side, points, name, 'at'));
  if (curves.length === 0) return null;
  return plotCurves({
    ...{ id: `${facts.name}-${idOf(name)}`, title: `${facts.name}: ${heading}`, width, xLabel: facts.axis ?? '' },
    ...{ along: 'places', isYLog: false, curves },
  });
}

/** A figure's name as part of a file's name. */
function idOf(figure: string): string {
  if (figure === 'requestsPerSecond') return 'rate';
  return figure.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
}

/** The median and the slow end: what is between them is in the table. */
function latencyAlongAxis(view: ScenarioView, width: number): Plot | null {
  const { facts } = view;
  const isAsked = ASKED_RATE in facts.columns;
  const sides = sidesAlongAxis(view);
  const along = isAsked ? ASKED_RATE : 'at';
  const curves = sides.flatMap(({ side, points }) => [
    ...curveOf(side, points, 'p99Ms', along).map((curve) => ({
      ...{ ...curve, name: `${side} p99`, label: sides.length === 1 ? 'p99' : side },
    })),
    ...curveOf(side, points, 'p50Ms', along).map((curve) => ({
      ...{ ...curve, name: `${side} p50`, label: sides.length === 1 ? 'p50' : '', isDashed: true },
    })),
  ]);
  if (curves.length === 0) return null;
  return plotCurves({
    ...{ id: `${facts.name}-latency`, title: `${facts.name}: latency in ms (solid p99, dashed p50)`, width },
    ...{ xLabel: isAsked ? ASKED_RATE_LABEL : (facts.axis ?? ''), along: isAsked ? 'anywhere' : 'places' },
    ...{ isYLog: true, curves },
  });
}

function curveOf(side: string, summaries: readonly ProvenSummary[], figure: string, along: string): readonly Curve[] {
  const points = summaries.flatMap((summary) => {
    const x = along === 'at' ? summary.at : told(summary, along)?.median;
    const y = told(summary, figure);
    return typeof x === 'number' && y !== undefined ? [{ x, y }] : [];
  });
  return points.length === 0 ? [] : [{ name: side, label: side, kind: kindOf(side), points }];
}
