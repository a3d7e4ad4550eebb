import { USUAL_DESIGN } from '../sides/side.ts';
import { overHttp } from './over-http.ts';
import type { LoadSettings } from './scenario.ts';
import { COUNTED_COLUMNS, WITHDRAWING_SIDES, withdrawing } from './withdrawals.ts';

const CONNECTIONS = 10;
/** Enough for V8 to compile the hot code of a server and of the generator. */
const WARM_UP_MAX = 3000;

const connectionsFor = ({ connections, withdrawals }: LoadSettings) =>
  Math.min(connections ?? CONNECTIONS, withdrawals);

/** How fast one account is when its callers keep their connections. */
export const keepAlive = overHttp({
  name: 'keep-alive',
  isQuick: true,
  sides: WITHDRAWING_SIDES,
  axis: null,
  columns: COUNTED_COLUMNS,
  baselines: [USUAL_DESIGN],
  describe: (settings) =>
    `${settings.withdrawals} withdrawals of 2 from one user who owns ${settings.withdrawals}, ` +
    `over ${connectionsFor(settings)} keep-alive connections`,
  connections: connectionsFor,
  async enter(side, { generators, settings }) {
    const connections = connectionsFor(settings);
    const warmUp = { connections, withdrawals: Math.min(settings.withdrawals, WARM_UP_MAX) };
    return withdrawing(side, generators.load, (isWarmUp) =>
      isWarmUp ? warmUp : { connections, withdrawals: settings.withdrawals },
    );
  },
});
