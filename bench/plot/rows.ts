import type { SideKind } from '../sides/side-kind.ts';
import { textAt } from './svg.ts';

/** One line of a plot by rows: its words stand above its marks, so that a narrow screen has room for both. */
export interface Row {
  readonly label: string;
  readonly kind: SideKind;
  readonly value: string;
  /** A second thing to tell, left of the value; may be empty. */
  readonly beside: string;
  /** It is what the plot is about. */
  readonly isBesideStrong?: boolean;
}

export const ROW_HEIGHT = 46;
export const ROWS_TOP = 22;
/** Room for a value at the right end. */
const VALUE_WIDTH = 92;

export const rowTop = (index: number): number => ROWS_TOP + index * ROW_HEIGHT;

export function rowsHead(width: number, unit: string, beside: string): string {
  return (
    textAt({ x: width, y: 12, anchor: 'end' }, unit, 'dim') +
    textAt({ x: width - VALUE_WIDTH, y: 12, anchor: 'end' }, beside, 'dim')
  );
}

export function rowHead(
  { label, kind, value, beside, isBesideStrong = false }: Row,
  top: number,
  width: number,
): string {
  const isOwn = kind === 'own';
  return (
    textAt({ x: 0, y: top + 15 }, label, isOwn ? 'own halo' : 'halo') +
    textAt({ x: width, y: top + 15, anchor: 'end' }, value, isOwn ? 'own halo' : 'halo') +
    textAt({ x: width - VALUE_WIDTH, y: top + 15, anchor: 'end' }, beside, isBesideStrong ? 'strong halo' : 'halo')
  );
}
