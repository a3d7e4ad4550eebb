import type { Expected, HttpSideName } from '../sides/side.ts';
import type { StreamPlan } from '../stream/plan.ts';
import { overHttp } from './over-http.ts';
import type { LoadSettings, Scenario } from './scenario.ts';
import { BASELINES, CONNECTIONS, PLENTY, STREAM_COLUMNS, streaming, warm } from './streams.ts';

interface TimedScenario {
  readonly name: string;
  readonly isQuick?: boolean;
  readonly sides: readonly HttpSideName[];
  /** What is asked for, and of whom. */
  readonly subject: string;
  readonly users: number;
  readonly balance?: number;
  readonly expected?: Expected;
  readonly stream?: Partial<Pick<StreamPlan, 'choice' | 'readShare'>>;
}

const connectionsFor = ({ connections }: LoadSettings) => connections ?? CONNECTIONS;

/** A closed loop over keep-alive connections for a while, on users that all runs of a side share and that are warm. */
export function timed(scenario: TimedScenario): Scenario {
  const { name, sides, subject, users: count, balance = PLENTY, expected = 'accepted' } = scenario;
  return overHttp({
    name,
    sides,
    isQuick: scenario.isQuick ?? false,
    axis: null,
    columns: { ...STREAM_COLUMNS, cpuUsPerOperation: 'CPU us per operation' },
    baselines: BASELINES,
    describe: (settings) =>
      `${subject}, over ${connectionsFor(settings)} keep-alive connections for ${settings.durationMs / 1000} s`,
    connections: connectionsFor,
    async enter(side, { generators, settings }) {
      const users = await side.createUsers(count, balance);
      await warm(side, generators.stream, users);
      const { durationMs } = settings;
      const form = { users, connections: connectionsFor(settings), durationMs, ...scenario.stream };
      return streaming(side, generators.stream, expected, async () => form);
    },
  });
}
