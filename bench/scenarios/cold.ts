import { overHttp } from './over-http.ts';
import type { LoadSettings } from './scenario.ts';
import { BASELINES, CONNECTIONS, FEW_SIDES, PLENTY, STREAM_COLUMNS, streaming } from './streams.ts';

/** More than any side serves, so that no run is out of new users before its time is up. */
const USERS_PER_SECOND = 20_000;
const USERS_MAX = 300_000;

const connectionsFor = ({ connections }: LoadSettings) => connections ?? CONNECTIONS;

/** Every request is for a user whom the process has never seen: no cache helps. */
export const cold = overHttp({
  name: 'cold',
  isQuick: false,
  sides: FEW_SIDES,
  axis: null,
  columns: STREAM_COLUMNS,
  baselines: BASELINES,
  describe: (settings) =>
    `one withdrawal of 2 from each of new users, over ${connectionsFor(settings)} keep-alive connections ` +
    `for ${settings.durationMs / 1000} s`,
  connections: connectionsFor,
  async enter(side, { generators, settings }) {
    const { durationMs } = settings;
    const count = Math.min(USERS_MAX, Math.ceil((durationMs / 1000) * USERS_PER_SECOND));
    return streaming(side, generators.stream, 'accepted', async () => ({
      users: await side.createUsers(count, PLENTY),
      choice: 'in-turn',
      requestsMax: count,
      connections: connectionsFor(settings),
      durationMs,
    }));
  },
});
