import { isOwn, type SideName } from './side.ts';

/** What a side is to the reader: what is presented, what it is compared with, or how far anything could go. */
export type SideKind = 'own' | 'peer' | 'ceiling';

export function kindOf(side: string): SideKind {
  if (isOwn(side as SideName)) return 'own';
  return side.endsWith('-noop') ? 'ceiling' : 'peer';
}

/** From the back to the front of a drawing. */
export const BACK_TO_FRONT: readonly SideKind[] = ['ceiling', 'peer', 'own'];
