import { INTEGER_MAX } from '../domain/operation.ts';
import type { IntegerMember } from './body-scanner.ts';

/** Whose balance is to change. */
export const USER_ID: IntegerMember = { name: 'userId', min: 1, max: INTEGER_MAX, mayBeZero: false, isRequired: true };

/** By how much: negative withdraws, positive deposits. */
export const AMOUNT: IntegerMember = {
  name: 'amount',
  min: -INTEGER_MAX,
  max: INTEGER_MAX,
  mayBeZero: false,
  isRequired: true,
};
