import { FEW_SIDES } from './streams.ts';
import { timed } from './timed.ts';

/** What it costs to say no. */
export const refusals = timed({
  name: 'refusals',
  sides: FEW_SIDES,
  subject: 'withdrawals of 2 from one user who owns nothing, all refused',
  users: 1,
  balance: 0,
  expected: 'refused',
});
