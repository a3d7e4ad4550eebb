import type { Scenario } from './scenario.ts';
import { withdrawHalf } from './withdrawals.ts';

const CONNECTIONS = 10;
const connectionsFor = (withdrawals: number) => Math.min(CONNECTIONS, withdrawals);

/** How fast one account is when its callers keep their connections. */
export const keepAlive: Scenario = {
  name: 'keep-alive',
  describe: (withdrawals) =>
    `${withdrawals} withdrawals of 2 from one user who owns ${withdrawals}, ` +
    `over ${connectionsFor(withdrawals)} keep-alive connections`,
  connections: connectionsFor,
  run: (stage) => withdrawHalf(stage, connectionsFor(stage.withdrawals)),
};
