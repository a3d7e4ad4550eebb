import { CORE, PGBENCH, SERVICE } from './side.ts';
import { kindOf } from './side-kind.ts';

const LEDGER =
  'Every accepted answer names an entry of its own with its version and balance; no entry is without an answer; versions ' +
  'have no gap, and each entry starts where the one before ended; every balance is explained by them.';
const BALANCES = 'Every balance is explained by the accepted answers; there is no ledger to compare them with.';
const TRANSACTIONS = 'What is missing from the balances is what the committed transactions took.';
const CONSTANTS = 'Every request was answered 200. It stores nothing.';

/** What is held against a side before any figure of it is told. */
export function proofOf(side: string): string {
  if (side === SERVICE || side === CORE) return LEDGER;
  if (side === PGBENCH) return TRANSACTIONS;
  return kindOf(side) === 'ceiling' ? CONSTANTS : BALANCES;
}
