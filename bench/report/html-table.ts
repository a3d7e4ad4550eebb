import { escapeText } from '../plot/svg.ts';

export interface HtmlTable {
  readonly caption: string;
  readonly head: readonly string[];
  /** The first cell of a row names it. A row may be short: its last cell then stands for the rest. */
  readonly rows: readonly (readonly string[])[];
  /** Rows that are about the service. */
  readonly isOwn?: (row: readonly string[]) => boolean;
}

/** A table that can be scrolled by itself, with the keyboard too, so that a narrow screen does not have to be. */
export function htmlTable({ caption, head, rows, isOwn }: HtmlTable): string {
  const label = escapeText(caption);
  const isText = (column: number) => !/^\d|^$/.test(rows[0]?.[column] ?? '');
  const alignment = (column: number) => (isText(column) ? ' class="text"' : '');
  const headings = head.map((text, column) =>
    text === '' ? '<td></td>' : `<th scope="col"${alignment(column)}>${escapeText(text)}</th>`,
  );
  const lines = rows.map((row) => {
    const [name = '', ...cells] = row;
    const spare = head.length - row.length;
    const values = cells.map((text, index) => {
      const span = spare > 0 && index === cells.length - 1 ? ` colspan="${spare + 1}"` : '';
      return `<td${span}${alignment(index + 1)}>${escapeText(text)}</td>`;
    });
    return `<tr${isOwn?.(row) ? ' class="own"' : ''}><th scope="row">${escapeText(name)}</th>${values.join('')}</tr>`;
  });
  return (
    `<div class="table" role="region" aria-label="${label}" tabindex="0"><table><caption>${label}</caption>` +
    `<thead><tr>${headings.join('')}</tr></thead><tbody>${lines.join('\n')}</tbody></table></div>`
  );
}
