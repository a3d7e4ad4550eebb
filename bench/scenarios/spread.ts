import { ALL_SIDES, FEW_SIDES, MANY_USERS } from './streams.ts';
import { timed } from './timed.ts';

/** How many changes many accounts bear when none of them is special. */
export const uniform = timed({
  name: 'uniform',
  sides: ALL_SIDES,
  subject: `withdrawals of 2 from ${MANY_USERS} users, each as often as the others`,
  users: MANY_USERS,
});

/** The usual shape of demand: few accounts have most of it. */
export const zipf = timed({
  name: 'zipf',
  sides: FEW_SIDES,
  subject: `withdrawals of 2 from ${MANY_USERS} users by Zipf's law with exponent 1`,
  users: MANY_USERS,
  stream: { choice: 'zipf' },
});

/** Most of the traffic of a wallet only looks. */
export const mixed = timed({
  name: 'mixed',
  sides: FEW_SIDES,
  subject: `four balances read for each withdrawal of 2, on ${MANY_USERS} users`,
  users: MANY_USERS,
  stream: { readShare: 0.8 },
});
