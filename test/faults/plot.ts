import { groupBy } from './history-of-users.ts';
import type { TrialResult } from './run-trial.ts';

const WIDTH = 900;
const LEFT = 220;
const RIGHT = 150;
const TOP = 64;
const ROW = 22;
const FIRST_MS = 1;
const LAST_MS = 10_000;
const TICKS = [
  [1, '1 ms'],
  [10, '10 ms'],
  [100, '0.1 s'],
  [1000, '1 s'],
  [10_000, '10 s'],
] as const;

const STYLE = `
  rect { fill: #ffffff }
  text { fill: #0f172a; font: 13px system-ui, sans-serif }
  .dim { fill: #475569; font-size: 12px }
  .title { font-size: 15px; font-weight: 600 }
  .grid { stroke: #cbd5e1 }
  .kept { fill: #16a34a; fill-opacity: 0.55 }
  .broken { fill: #dc2626 }`;

/** One row for each fault, one dot for each injection: the time to the first good answer, on a logarithmic scale. */
export function renderPlot(results: readonly TrialResult[], headline: string): string {
  const groups = [...groupBy(results, (result) => result.fault)].sort();
  const bottom = TOP + groups.length * ROW;
  const rows = groups.map(([fault, group], index) => rowOf(fault, group, TOP + (index + 0.5) * ROW));
  const grid = TICKS.map(
    ([ms, label]) =>
      `<line class="grid" x1="${xOf(ms)}" x2="${xOf(ms)}" y1="${TOP}" y2="${bottom}"/>` +
      `<text class="dim" text-anchor="middle" x="${xOf(ms)}" y="${bottom + 18}">${label}</text>`,
  );
  const title = 'Time to the first good answer after each fault';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 30}" role="img" aria-label="${title}">`,
    `<style>${STYLE}</style>`,
    '<rect width="100%" height="100%"/>',
    `<text class="title" x="16" y="26">${title}</text>`,
    `<text class="dim" x="16" y="46">${escapeText(headline)}</text>`,
    ...grid,
    ...rows,
    '</svg>\n',
  ].join('\n');
}

function rowOf(fault: string, results: readonly TrialResult[], y: number): string {
  const dots = results.map(({ goodAfterMs, breaches }) => {
    const kind = breaches.length === 0 ? 'kept' : 'broken';
    return `<circle class="${kind}" cx="${xOf(goodAfterMs)}" cy="${y}" r="4.5"/>`;
  });
  const broken = results.filter(({ breaches }) => breaches.length > 0).length;
  const verdict = broken === 0 ? `${results.length} of ${results.length} kept` : `${broken} BROKEN`;
  return [
    `<text text-anchor="end" x="${LEFT - 12}" y="${y + 4}">${fault}</text>`,
    ...dots,
    `<text x="${WIDTH - RIGHT + 24}" y="${y + 4}">${verdict}</text>`,
  ].join('\n');
}

function xOf(ms: number): number {
  const share = Math.log(Math.min(LAST_MS, Math.max(FIRST_MS, ms)) / FIRST_MS) / Math.log(LAST_MS / FIRST_MS);
  return Math.round(LEFT + share * (WIDTH - LEFT - RIGHT));
}

const escapeText = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
