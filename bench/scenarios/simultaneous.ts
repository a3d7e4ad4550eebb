import { USUAL_DESIGN } from '../sides/side.ts';
import { overHttp } from './over-http.ts';
import { COUNTED_COLUMNS, WITHDRAWING_SIDES, withdrawing } from './withdrawals.ts';

const WARM_UP_MAX = 1000;

/** How one account stands a burst: every request opens a connection of its own, all at the same time. */
export const simultaneous = overHttp({
  name: 'simultaneous',
  isQuick: true,
  sides: WITHDRAWING_SIDES,
  axis: null,
  columns: COUNTED_COLUMNS,
  baselines: [USUAL_DESIGN, 'node-http-noop'],
  describe: ({ withdrawals }) =>
    `${withdrawals} connections opened at the same time, each for one withdrawal of 2 from one user who owns ${withdrawals}`,
  connections: ({ withdrawals }) => withdrawals,
  burst: ({ withdrawals }) => withdrawals,
  async enter(side, { generators, settings: { withdrawals } }) {
    return withdrawing(side, generators.load, (isWarmUp) => {
      const connections = isWarmUp ? Math.min(withdrawals, WARM_UP_MAX) : withdrawals;
      return { connections, withdrawals: connections };
    });
  },
});
