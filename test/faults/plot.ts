import { scaleLog } from 'd3-scale';
import { lineAt, round, svgFile, textAt } from '../../bench/plot/svg.ts';
import { groupBy } from './history-of-users.ts';
import type { TrialResult } from './run-trial.ts';

const WIDTH = 860;
const LEFT = 200;
const RIGHT = 130;
const TOP = 26;
const ROW = 22;
const TICKS = [
  [1, '1 ms'],
  [10, '10 ms'],
  [100, '0.1 s'],
  [1000, '1 s'],
  [10_000, '10 s'],
] as const;

const STYLE = `
  .kept { fill: #16a34a; fill-opacity: 0.55 }
  .broken { fill: #dc2626 }`;

const x = scaleLog([1, 10_000], [LEFT, WIDTH - RIGHT]).clamp(true);

/** One row for each fault, one dot for each injection: the time to the first good answer, on a logarithmic scale. */
export function renderPlot(results: readonly TrialResult[], headline: string): string {
  const groups = [...groupBy(results, (result) => result.fault)].sort();
  const bottom = TOP + groups.length * ROW;
  const rows = groups.map(([fault, group], index) => rowOf(fault, group, TOP + (index + 0.5) * ROW));
  const grid = TICKS.map(
    ([ms, label]) =>
      lineAt(x(ms), TOP, x(ms), bottom, 'grid') + textAt({ x: x(ms), y: bottom + 18, anchor: 'middle' }, label, 'dim'),
  );
  return svgFile({
    id: 'faults',
    title: 'Time to the first good answer after each fault',
    alt: headline,
    width: WIDTH,
    height: bottom + 22,
    style: STYLE,
    body: [textAt({ x: 0, y: 6 }, headline, 'dim'), ...grid, ...rows].join('\n'),
  });
}

function rowOf(fault: string, results: readonly TrialResult[], y: number): string {
  const dots = results.map(({ goodAfterMs, breaches }) => {
    const kind = breaches.length === 0 ? 'kept' : 'broken';
    return `<circle class="${kind}" cx="${round(x(goodAfterMs))}" cy="${y}" r="4.5"/>`;
  });
  const broken = results.filter(({ breaches }) => breaches.length > 0).length;
  const verdict = broken === 0 ? `${results.length} of ${results.length} kept` : `${broken} BROKEN`;
  return [
    textAt({ x: LEFT - 12, y: y + 4, anchor: 'end' }, fault),
    ...dots,
    textAt({ x: WIDTH - RIGHT + 24, y: y + 4 }, verdict),
  ].join('\n');
}
