import { ratioText } from '../plot/comparison.ts';
import { escapeText } from '../plot/svg.ts';
import { USUAL_DESIGN } from '../sides/side.ts';
import { shortNumber } from '../table.ts';
import { type Comparison, comparisonPlot, comparisonsOf } from './comparisons.ts';
import { type Growth, growthsOf } from './growth.ts';
import { htmlTable } from './html-table.ts';
import { figure, PLOT_WIDTH } from './scenario-section.ts';
import type { ScenarioView } from './scenario-view.ts';

/** How the service stands to the others, and what growth does to it. Empty when nothing can be compared. */
export function overview(views: readonly ScenarioView[]): string {
  const comparisons = comparisonsOf(views);
  const plot = comparisonPlot(comparisons, PLOT_WIDTH);
  const growths = growthsOf(views);
  if (plot === null && growths.length === 0) return '';
  return [
    '<section id="overview"><h2>At a glance</h2>',
    lead(comparisons),
    `<div class="plots">${plot === null ? '' : figure(plot)}<div>${comparisonTable(comparisons)}</div></div>`,
    growthTable(growths),
    '</section>',
  ].join('\n');
}

function comparisonTable(comparisons: readonly Comparison[]): string {
  if (comparisons.length === 0) return '';
  return htmlTable({
    caption: 'Per second, medians',
    head: ['', 'times', 'the service', 'held against', ''],
    rows: comparisons.map(({ scenario, own, reference, referenceRate, ratio }) => [
      ...[scenario, `${ratioText(ratio)}×`, shortNumber(own.median), reference, shortNumber(referenceRate.median)],
    ]),
  });
}

function growthTable(growths: readonly Growth[]): string {
  if (growths.length === 0) return '';
  const arrow = (from: number, to: number, write: (value: number) => string) => `${write(from)} → ${write(to)}`;
  const whole = (value: number) => value.toLocaleString('en-US');
  return htmlTable({
    caption: 'What growth changes: medians of the service',
    head: ['', 'times', 'figure', '', 'from, to'],
    rows: growths.map(({ scenario, figure: name, of, from, to, first, last, ratio }) => [
      ...[scenario, `${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2)}×`, name],
      ...[arrow(first.median, last.median, shortNumber), `${arrow(from, to, whole)} ${of}`],
    ]),
  });
}

/** The range of ratios to the usual design, in one sentence. */
function lead(comparisons: readonly Comparison[]): string {
  const ratios = comparisons.filter(({ reference }) => reference === USUAL_DESIGN).map(({ ratio }) => ratio);
  if (ratios.length === 0) return '';
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map(ratioText);
  const range = least === most ? `${least} times` : `${least} to ${most} times`;
  return (
    `<p class="lead">The service did <strong>${range}</strong> what the ${escapeText(USUAL_DESIGN)} did on the same ` +
    'PostgreSQL in the same run.</p>'
  );
}
