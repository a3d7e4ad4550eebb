import { SERVICE, UNMETERED } from '../sides/side.ts';
import type { LoadSettings, Scenario } from './scenario.ts';
import { CONNECTIONS, figuresOf, PLENTY, sendProven } from './streams.ts';

const connectionsFor = ({ connections }: LoadSettings) => connections ?? CONNECTIONS;

/** What counting costs where it weighs most: one user, so that each request costs least. */
export const metricsCost: Scenario = {
  name: 'metrics-cost',
  isQuick: false,
  sides: [SERVICE, UNMETERED],
  axis: null,
  columns: {
    requestsPerSecond: 'requests/s',
    p50Ms: 'p50 ms',
    p99Ms: 'p99 ms',
    cpuUsPerOperation: 'CPU us per operation',
  },
  baselines: [UNMETERED],
  describe: (settings) =>
    `withdrawals of 2 from one user with METRICS=on and off, over ${connectionsFor(settings)} keep-alive connections ` +
    `for ${settings.durationMs / 1000} s`,
  connections: connectionsFor,
  async enter(name, { fleet, generators, releases, settings }) {
    const side = await fleet.freshService(name === SERVICE, releases);
    const users = await side.createUsers(1, PLENTY);
    const form = { users, connections: connectionsFor(settings), durationMs: settings.durationMs };
    return {
      tail: side.tail,
      async run({ onProgress }) {
        const outcome = await sendProven(side, generators.stream, { form, expected: 'accepted', onProgress });
        if (outcome.kind === 'disagreed') return outcome;
        return { kind: 'proven', points: [{ at: null, figures: figuresOf(outcome.result) }] };
      },
    };
  },
};
