import { startService } from '../sides/service.ts';
import { type HttpSide, SERVICE } from '../sides/side.ts';
import type { Users } from '../stream/plan.ts';
import type { Generators, LoadSettings, Point, RunResult, Scenario, Stage, Turn } from './scenario.ts';
import { figuresOf, MANY_USERS, PLENTY, sendProven, warm } from './streams.ts';

const WORKER_COUNTS = [1, 2, 4];

/** So many that the rounds of each worker are filled: a round costs much the same whatever it carries. */
const CONNECTIONS = 512;

const connectionsFor = ({ connections }: LoadSettings) => connections ?? CONNECTIONS;

/** One launcher with its workers, on a database of its own. */
interface Service {
  readonly workers: number;
  readonly side: HttpSide;
  readonly users: Users;
}

/** What do further workers bring, and what does each operation cost then? */
export const growthWorkers: Scenario = {
  name: 'growth-workers',
  isQuick: false,
  sides: [SERVICE],
  axis: 'workers',
  columns: {
    requestsPerSecond: 'requests/s',
    p50Ms: 'p50 ms',
    p99Ms: 'p99 ms',
    cpuUsPerOperation: 'CPU us per operation',
  },
  baselines: [],
  describe: (settings) =>
    `withdrawals of 2 from ${MANY_USERS} users by ever more workers, over ${connectionsFor(settings)} keep-alive ` +
    `connections for ${settings.durationMs / 1000} s each`,
  connections: connectionsFor,
  async enter(_side, stage) {
    const services: Service[] = [];
    for (const workers of WORKER_COUNTS) services.push(await open(workers, stage));
    const tail = () => services.map(({ side }) => side.tail()).join('\n');
    return { tail, run: (turn) => runAll(services, stage, turn) };
  },
};

async function open(workers: number, { fleet, generators, releases }: Stage): Promise<Service> {
  const database = await fleet.database.sibling(releases);
  const side = await startService({ database, workers, releases });
  const users = await side.createUsers(MANY_USERS, PLENTY);
  await warm(side, generators.stream, users);
  return { workers, side, users };
}

async function runAll(
  services: readonly Service[],
  { generators, settings }: Pick<Stage, 'generators' | 'settings'>,
  turn: Turn,
): Promise<RunResult> {
  const points: Point[] = [];
  for (const [index, service] of services.entries()) {
    const onProgress = (share: number) => turn.onProgress((index + share) / services.length);
    const point = await runOne(service, generators.stream, settings, { ...turn, onProgress });
    if ('kind' in point) return point;
    points.push(point);
  }
  return { kind: 'proven', points };
}

async function runOne(
  { workers, side, users }: Service,
  stream: Generators['stream'],
  settings: LoadSettings,
  { onProgress }: Turn,
): Promise<Point | Extract<RunResult, { kind: 'disagreed' }>> {
  const outcome = await sendProven(side, stream, {
    form: { users, connections: connectionsFor(settings), durationMs: settings.durationMs },
    expected: 'accepted',
    onProgress,
  });
  return outcome.kind === 'disagreed' ? outcome : { at: workers, figures: figuresOf(outcome.result) };
}
