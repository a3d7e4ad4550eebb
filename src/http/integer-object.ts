import { BodyScanner, type Defect, type IntegerMember } from './body-scanner.ts';

/** `values` stand in the order of the members asked for; an absent one is undefined. */
export interface IntegerObject {
  readonly kind: 'integers';
  readonly values: readonly (number | undefined)[];
}

/** Reads a body that is one flat JSON object of integers. */
export function parseIntegerObject(body: Buffer, members: readonly IntegerMember[]): IntegerObject | Defect {
  const scanner = new BodyScanner(body);
  const values: (number | undefined)[] = new Array(members.length).fill(undefined);
  const seen = scanner.scanObject(members, (index) => {
    const value = scanner.scanInteger(members[index] as IntegerMember);
    if (value === null) return false;
    values[index] = value;
    return true;
  });
  const isSound = seen !== -1 && scanner.ends() && scanner.hasAll(members, seen);
  return isSound ? { kind: 'integers', values } : { kind: 'defect', detail: scanner.detail };
}
