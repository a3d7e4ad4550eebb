import { escapeText, inlineSvg, type Plot } from '../plot/svg.ts';
import { isOwn, type SideName } from '../sides/side.ts';
import { tableCells } from '../table.ts';
import { htmlTable } from './html-table.ts';
import { plotsOf } from './scenario-plots.ts';
import type { ScenarioView } from './scenario-view.ts';

/** As wide as a column of the page, so that text in a plot is as large as beside it. */
export const PLOT_WIDTH = 400;

export function figure(plot: Plot): string {
  return `<figure><figcaption>${escapeText(plot.title)}</figcaption>${inlineSvg(plot)}</figure>`;
}

export function scenarioSection(view: ScenarioView): string {
  const { facts, summaries } = view;
  const [head = [], ...rows] = tableCells(facts, summaries);
  const table = htmlTable({
    caption: `${facts.name}: medians (smallest-largest run)`,
    head: head.map((text) => text.replace(/^x /, '× ')),
    rows,
    isOwn: ([side]) => isOwn(side as SideName),
  });
  return [
    `<section id="${escapeText(facts.name)}"><h2>${escapeText(facts.name)}</h2>`,
    `<p class="dim">${escapeText(capitalized(facts.description))}.</p>`,
    ...remarks(view),
    `<div class="plots">${plotsOf(view, PLOT_WIDTH).map(figure).join('\n')}</div>`,
    rows.length === 0 ? '' : table,
    '</section>',
  ].join('\n');
}

/** What a reader must know before looking at a figure: who failed, and who is missing. */
function remarks({ disagreements, absences }: ScenarioView): readonly string[] {
  const failed = disagreements.map(
    ({ side, run, lines }) =>
      `<p class="bad">${escapeText(side)} disagreed in ${run === 0 ? 'its warm-up' : `run ${run}`}, so it has no figure: ` +
      `${escapeText(lines.join('; '))}.</p>`,
  );
  return [
    ...failed,
    ...absences.map(({ side, reason }) => `<p class="dim">Without ${escapeText(side)}: ${escapeText(reason)}.</p>`),
  ];
}

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
