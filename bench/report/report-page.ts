import { escapeText } from '../plot/svg.ts';
import type { StoredResult } from '../result-file.ts';
import { isAllProven, proofLine } from '../summary.ts';
import { circumstances } from './circumstances.ts';
import { overview } from './overview.ts';
import { PAGE_STYLE } from './page-style.ts';
import { scenarioSection } from './scenario-section.ts';
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
    circumstances(result),
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

function contents(views: readonly ScenarioView[]): string {
  const links = views.map(({ facts: { name } }) => `<li><a href="#${escapeText(name)}">${escapeText(name)}</a></li>`);
  return `<nav aria-label="Scenarios"><ul>${links.join('')}</ul></nav>`;
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
