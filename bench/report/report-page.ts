import { ratioText } from '../plot/comparison.ts';
import { escapeText } from '../plot/svg.ts';
import type { StoredResult } from '../result-file.ts';
import { USUAL_DESIGN } from '../sides/side.ts';
import { isAllProven, proofLine } from '../summary.ts';
import { shortNumber } from '../table.ts';
import { type Comparison, comparisonPlot, comparisonsOf } from './comparisons.ts';
import { type Growth, growthsOf } from './growth.ts';
import { htmlTable } from './html-table.ts';
import { PAGE_STYLE } from './page-style.ts';
import { figure, PLOT_WIDTH, scenarioSection } from './scenario-section.ts';
import { type ScenarioView, viewsOf } from './scenario-view.ts';

/** A page that needs nothing but itself, and is not let to ask for more. */
export function reportPage(result: StoredResult): string {
  const views = viewsOf(result);
  const title = 'highload-user-balance: bench';
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${title}</title>`,
    `<style>${PAGE_STYLE}</style></head>`,
    `<body><header><h1>${title}</h1>`,
    `<p class="dim">Measured on ${escapeText(result.measuredAt.slice(0, 16).replace('T', ' '))} UTC</p>`,
    verdict(result),
    facts(result),
    contents(views),
    '</header><main>',
    overview(views),
    ...views.map(scenarioSection),
    sidesSection(result),
    '</main></body></html>\n',
  ].join('\n');
}

function verdict({ runs }: StoredResult): string {
  return `<p class="verdict${isAllProven(runs) ? '' : ' bad'}">${escapeText(proofLine(runs))}</p>`;
}

function facts({ machine, postgres, options, note }: StoredResult): string {
  const { version, fsync, synchronousCommit, fullPageWrites } = postgres;
  const cores = machine.cores === 1 ? '1 core' : `${machine.cores} cores`;
  const list: readonly (readonly [string, string])[] = [
    ['Machine', `${cores}, ${machine.cpu}, ${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB, ${machine.platform}`],
    ['Node', machine.node],
    [
      'PostgreSQL',
      `${version}; fsync ${fsync}, synchronous_commit ${synchronousCommit}, full_page_writes ${fullPageWrites}`,
    ],
    ['Options', optionsText(options)],
    ...(note === null ? [] : [['Note', note] as const]),
  ];
  const items = list.map(([name, text]) => `<dt>${name}</dt><dd>${escapeText(text)}</dd>`);
  return `<dl class="facts">${items.join('')}</dl><p class="dim">Servers, database and load share the machine.</p>`;
}

function optionsText(options: StoredResult['options']): string {
  const { runs, workers, durationMs, connections, withdrawals, scenarios, sides, isQuick, isFull, isWithPeers } =
    options;
  return [
    `${runs} measured ${runs === 1 ? 'run' : 'runs'} of every side`,
    `${durationMs / 1000} s each where time is the limit, ${withdrawals} withdrawals where their number is`,
    `${workers} ${workers === 1 ? 'worker' : 'workers'}`,
    ...(connections === undefined ? [] : [`${connections} connections`]),
    ...(scenarios.length === 0 ? [] : [`only ${scenarios.join(', ')}`]),
    ...(sides.length === 0 ? [] : [`only ${sides.join(', ')}`]),
    ...(isQuick ? ['quick'] : []),
    ...(isFull ? ['growth to its end'] : []),
    ...(isWithPeers ? [] : ['without peers']),
  ].join('; ');
}

function contents(views: readonly ScenarioView[]): string {
  const links = views.map(({ facts: { name } }) => `<li><a href="#${escapeText(name)}">${escapeText(name)}</a></li>`);
  return `<nav aria-label="Scenarios"><ul>${links.join('')}</ul></nav>`;
}

/** Empty when nothing can be compared. */
function overview(views: readonly ScenarioView[]): string {
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

function sidesSection({ sides }: StoredResult): string {
  const items = sides.map(
    ({ name, note, proof }) =>
      `<li><strong>${escapeText(name)}</strong>${note === null ? '' : `: ${escapeText(note)}`} ` +
      `<span class="dim">Proven: ${escapeText(proof)}</span></li>`,
  );
  return (
    '<section id="sides"><h2>Who took part, and what was proven</h2>' +
    '<p>A side has figures only where every one of its runs, warm-ups included, agreed with the database.</p>' +
    `<ul class="plain">${items.join('\n')}</ul></section>`
  );
}
