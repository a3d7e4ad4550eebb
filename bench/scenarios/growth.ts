import { SERVICE } from '../sides/side.ts';
import { overHttp } from './over-http.ts';
import type { LoadSettings, Point, RunResult, Turn } from './scenario.ts';
import { CONNECTIONS, figuresOf, PLENTY, type StreamOutcome, sendProven, warm } from './streams.ts';

const USER_COUNTS = [1, 100, 10_000, 100_000];
const USER_COUNTS_FULL = [...USER_COUNTS, 1_000_000];
const CONNECTION_COUNTS = [64, 1000, 4000, 10_000];
/** So that each connection sends several requests: the first of all of them come at the same moment. */
const MS_PER_CONNECTION = 0.4;

const connectionsFor = ({ connections }: LoadSettings) => connections ?? CONNECTIONS;
const secondsOf = ({ durationMs }: LoadSettings) => `for ${durationMs / 1000} s each`;

/** Does a table that grows make the service slower? */
export const growthUsers = overHttp({
  name: 'growth-users',
  isQuick: false,
  sides: [SERVICE],
  axis: 'users',
  columns: { requestsPerSecond: 'requests/s', p50Ms: 'p50 ms', p99Ms: 'p99 ms' },
  baselines: [],
  describe: (settings) =>
    `withdrawals of 2 spread over ever more users whose accounts are cached, over ${connectionsFor(settings)} ` +
    `keep-alive connections ${secondsOf(settings)}`,
  connections: connectionsFor,
  async enter(side, { generators: { stream }, settings }) {
    const counts = settings.isFull ? USER_COUNTS_FULL : USER_COUNTS;
    const users = await side.createUsers(Math.max(...counts), PLENTY);
    await warm(side, stream, users);
    const { durationMs } = settings;
    const connections = connectionsFor(settings);
    const send = (count: number, turn: Turn) =>
      sendProven(side, stream, {
        form: { users: { ...users, count }, connections, durationMs: lengthOf(turn, durationMs) },
        expected: 'accepted',
        onProgress: turn.onProgress,
      });
    return { tail: side.tail, run: (turn) => grow(counts, turn, send) };
  },
});

/** Do ever more connections make one account slower? */
export const growthConnections = overHttp({
  name: 'growth-connections',
  isQuick: false,
  sides: [SERVICE, 'node-http-noop'],
  axis: 'connections',
  columns: { requestsPerSecond: 'requests/s', p50Ms: 'p50 ms', p99Ms: 'p99 ms' },
  baselines: ['node-http-noop'],
  describe: (settings) =>
    `withdrawals of 2 from one user over ever more keep-alive connections ${secondsOf(settings)}, ` +
    `at least ${MS_PER_CONNECTION} ms for each connection`,
  connections: () => Math.max(...CONNECTION_COUNTS),
  async enter(side, { generators: { stream }, settings }) {
    const users = await side.createUsers(1, PLENTY);
    await warm(side, stream, users);
    const send = (connections: number, turn: Turn) =>
      sendProven(side, stream, {
        form: { users, connections, durationMs: lengthOf(turn, durationFor(connections, settings)) },
        expected: 'accepted',
        onProgress: turn.onProgress,
      });
    return { tail: side.tail, run: (turn) => grow(CONNECTION_COUNTS, turn, send) };
  },
});

const durationFor = (connections: number, { durationMs }: LoadSettings) =>
  Math.max(durationMs, connections * MS_PER_CONNECTION);

const lengthOf = ({ isWarmUp }: Turn, durationMs: number) => (isWarmUp ? durationMs / 4 : durationMs);

/** One stream at each place of the axis. */
async function grow(
  places: readonly number[],
  turn: Turn,
  send: (at: number, turn: Turn) => Promise<StreamOutcome>,
): Promise<RunResult> {
  const points: Point[] = [];
  for (const [index, at] of places.entries()) {
    const onProgress = (share: number) => turn.onProgress((index + share) / places.length);
    const outcome = await send(at, { ...turn, onProgress });
    if (outcome.kind === 'disagreed') {
      return { kind: 'disagreed', disagreements: outcome.disagreements.map((text) => `at ${at}: ${text}`) };
    }
    points.push({ at, figures: figuresOf(outcome.result) });
  }
  return { kind: 'proven', points };
}
