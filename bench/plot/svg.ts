import { LIGHT, type Paint, plotStyle } from './paint.ts';

/** A drawing in SVG elements that carry the classes of `plotStyle`. */
export interface Plot {
  /** Unique within a report; a name for a file too. */
  readonly id: string;
  readonly title: string;
  /** What it shows, in words, for whoever cannot see it. */
  readonly alt: string;
  readonly width: number;
  readonly height: number;
  /** Rules beside those of `plotStyle`. */
  readonly style?: string;
  readonly body: string;
}

const MARGIN = 20;
const TITLE_HEIGHT = 34;

/** Text and attribute values: nothing that was measured or named can become markup. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Within a page that has the style; the page shows the title. */
export function inlineSvg(plot: Plot): string {
  return (
    `<svg viewBox="0 0 ${plot.width} ${plot.height}" role="img" aria-label="${escapeText(`${plot.title}. ${plot.alt}`)}">` +
    `${plot.body}</svg>`
  );
}

/** A file of its own, on a background of its own: a page that shows it as an image may be light or dark. */
export function svgFile(plot: Plot, paint: Paint = LIGHT): string {
  const width = plot.width + 2 * MARGIN;
  const height = plot.height + 2 * MARGIN + TITLE_HEIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
      `role="img" aria-label="${escapeText(`${plot.title}. ${plot.alt}`)}">`,
    `<style>${plotStyle(paint)}${plot.style ?? ''}</style>`,
    `<rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    `<text class="title" x="${MARGIN}" y="${MARGIN + 14}">${escapeText(plot.title)}</text>`,
    `<g transform="translate(${MARGIN} ${MARGIN + TITLE_HEIGHT})">`,
    plot.body,
    '</g>',
    '</svg>\n',
  ].join('\n');
}

export interface TextPlace {
  readonly x: number;
  readonly y: number;
  readonly anchor?: 'start' | 'middle' | 'end';
}

export function textAt({ x, y, anchor = 'start' }: TextPlace, text: string, classes = ''): string {
  const styled = classes === '' ? '' : ` class="${classes}"`;
  const anchored = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  return `<text${styled}${anchored} x="${round(x)}" y="${round(y)}">${escapeText(text)}</text>`;
}

export function lineAt(x1: number, y1: number, x2: number, y2: number, classes: string): string {
  return `<line class="${classes}" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`;
}

/** A tenth of a unit is finer than any screen. */
export const round = (value: number): number => Math.round(value * 10) / 10;
