import type { Scenario } from './scenario.ts';
import { withdrawHalf } from './withdrawals.ts';

/** How one account stands a burst: every request opens a connection of its own, all at the same time. */
export const simultaneous: Scenario = {
  name: 'simultaneous',
  describe: (withdrawals) =>
    `${withdrawals} connections opened at the same time, each for one withdrawal of 2 from one user who owns ${withdrawals}`,
  connections: (withdrawals) => withdrawals,
  run: (stage) => withdrawHalf(stage, stage.withdrawals),
};
