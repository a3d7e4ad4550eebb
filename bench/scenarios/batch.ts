import { enterPgbench } from '../pgbench/best-of-clients.ts';
import { type HttpSide, PGBENCH, SERVICE, type SideName, USUAL_DESIGN } from '../sides/side.ts';
import type { Contestant, Figures, LoadSettings, Scenario, Stage } from './scenario.ts';
import { CONNECTIONS, figuresOf, MANY_USERS, PLENTY, type ServedStream, streaming, warm } from './streams.ts';

/** 64 connections with so many stay below what may wait for one user. */
const ITEMS_PER_REQUEST = 200;
/** Every answer is kept until it is proven. */
const CHANGES_MAX = 1_000_000;

const connectionsFor = ({ connections }: LoadSettings) => connections ?? CONNECTIONS;

/** How many changes one account bears when a request carries many. */
export const batch = batched('batch', 1);
/** The same on many accounts. */
export const batchSpread = batched('batch-spread', MANY_USERS);

function batched(name: string, users: number): Scenario {
  const whose = users === 1 ? 'one user' : `${users} users`;
  return {
    name,
    isQuick: false,
    sides: [SERVICE, USUAL_DESIGN, PGBENCH],
    axis: null,
    columns: { changesPerSecond: 'changes/s', requestsPerSecond: 'requests/s', p50Ms: 'p50 ms', p99Ms: 'p99 ms' },
    baselines: [USUAL_DESIGN, PGBENCH],
    describe: (settings) =>
      `durable withdrawals of 2 from ${whose} over ${connectionsFor(settings)} keep-alive connections for ` +
      `${settings.durationMs / 1000} s: ${ITEMS_PER_REQUEST} in each request to the batch endpoint of the service, one in ` +
      'each request to the usual design, which has no other',
    connections: connectionsFor,
    enter: (side, stage) => enter(side, stage, users),
  };
}

async function enter(name: SideName, stage: Stage, users: number): Promise<Contestant | string> {
  const { fleet, settings } = stage;
  switch (name) {
    case SERVICE:
      return enterHttp(await fleet.http(name), stage, { users, itemsPerRequest: ITEMS_PER_REQUEST });
    case USUAL_DESIGN:
      return enterHttp(await fleet.http(name), stage, { users, itemsPerRequest: null });
    default:
      return enterPgbench({ database: fleet.database, users, durationMs: settings.durationMs });
  }
}

interface BatchLoad {
  readonly users: number;
  readonly itemsPerRequest: number | null;
}

async function enterHttp(
  side: HttpSide,
  { generators: { stream }, settings }: Stage,
  { users: count, itemsPerRequest }: BatchLoad,
): Promise<Contestant> {
  const users = await side.createUsers(count, PLENTY);
  await warm(side, stream, users);
  const requestsMax = CHANGES_MAX / (itemsPerRequest ?? 1);
  const { durationMs } = settings;
  const form = { users, connections: connectionsFor(settings), durationMs, itemsPerRequest, requestsMax };
  return streaming(side, stream, 'accepted', async () => form, changesOf);
}

/** Of a stream that only withdraws and was proven: every accepted answer is a durable change. */
export function changesOf(result: ServedStream): Figures {
  const changes = result.accepted.userIds.length;
  return { ...figuresOf(result), changes, changesPerSecond: (changes / result.wallMs) * 1000 };
}
