import { ALL_SIDES } from './streams.ts';
import { timed } from './timed.ts';

/** How many changes one account bears. */
export const hotUser = timed({
  name: 'hot-user',
  isQuick: true,
  sides: ALL_SIDES,
  subject: 'withdrawals of 2 from one user, all accepted',
  users: 1,
});
