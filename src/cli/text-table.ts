/** How a column stands: texts begin at one edge, numbers end at one. */
export type Alignment = 'left' | 'right';

/** Lines of columns with two spaces between them, the first row being the heads; none ends with a blank. */
export function textTable(alignments: readonly Alignment[], rows: readonly (readonly string[])[]): string {
  const widths = alignments.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const cell = (text: string, column: number) =>
    alignments[column] === 'right' ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return rows.map((row) => `${row.map(cell).join('  ').trimEnd()}\n`).join('');
}
