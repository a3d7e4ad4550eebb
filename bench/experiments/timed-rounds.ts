import { prepareRoundStatement } from '../../src/store/round-statement.ts';
import type { BenchDatabase } from '../database.ts';
import { noteBefore } from '../proof/before-stream.ts';
import { proveChanges } from '../proof/ledger.ts';
import type { Figures, RunResult, Turn } from '../scenarios/scenario.ts';
import { percentile } from '../statistics.ts';
import type { Users } from '../stream/plan.ts';
import { entriesOf, planRounds, type Round, type RoundShape } from './rounds.ts';
import { openWriter, type StatementFactory, type Writer } from './writer.ts';

export interface RoundsPlan {
  readonly database: BenchDatabase;
  readonly users: Users;
  readonly shape: RoundShape;
  /** Of all sessions together. */
  readonly rounds: number;
  /** Sessions that send their rounds at the same time, each for a part of the users (default 1). */
  readonly sessions?: number;
  /** Absent: as the service prepares it. */
  readonly statement?: StatementFactory;
}

/** What is measured of rounds, with headings. The last two are processor time. */
export const ROUND_COLUMNS = {
  changesPerSecond: 'changes/s',
  p50Ms: 'round p50 ms',
  postgresUs: 'PostgreSQL us',
  clientUs: 'client us',
};

/** Sent before the time is taken: statements are parsed, pages are in memory. */
const WARM_UP_ROUNDS = 3;

interface SessionPart {
  readonly writer: Writer;
  readonly warmUp: readonly Round[];
  readonly rounds: readonly Round[];
}

/** Sends rounds to the database and proves that it holds what they say: balances, versions, and an entry for each change. */
export async function timeRounds(plan: RoundsPlan, { isWarmUp }: Pick<Turn, 'isWarmUp'>): Promise<RunResult> {
  const { client } = plan.database;
  await noteBefore(client, 'users', plan.users);
  const parts = await openParts(isWarmUp ? { ...plan, rounds: Math.ceil(plan.rounds / 4) } : plan);
  let figures: Figures;
  try {
    figures = await measure(parts);
  } finally {
    await Promise.all(parts.map(({ writer }) => writer.close()));
  }
  const sent = parts.flatMap(({ warmUp, rounds }) => [...warmUp, ...rounds]);
  const disagreements = await proveChanges(client, plan.users, entriesOf(sent));
  return disagreements.length > 0
    ? { kind: 'disagreed', disagreements }
    : { kind: 'proven', points: [{ at: null, figures }] };
}

async function openParts(plan: RoundsPlan): Promise<readonly SessionPart[]> {
  const { database, users, shape, sessions = 1 } = plan;
  const statement = plan.statement ?? ((db) => prepareRoundStatement(db, { keyed: shape.isKeyed, skipLocked: false }));
  const usersEach = Math.floor(users.count / sessions);
  const roundsEach = Math.ceil(plan.rounds / sessions);
  const parts: SessionPart[] = [];
  for (let session = 0; session < sessions; session += 1) {
    const own = { firstId: users.firstId + session * usersEach, count: usersEach };
    const rounds = await planRounds(database.client, own, shape, WARM_UP_ROUNDS + roundsEach);
    const writer = await openWriter(database.url, statement);
    parts.push({ writer, warmUp: rounds.slice(0, WARM_UP_ROUNDS), rounds: rounds.slice(WARM_UP_ROUNDS) });
  }
  return parts;
}

async function measure(parts: readonly SessionPart[]): Promise<Figures> {
  for (const { writer, warmUp } of parts) await writer.send(warmUp);
  const postgresMs = async () => sum(await Promise.all(parts.map(({ writer }) => writer.cpuMs())));
  const postgresBeforeMs = await postgresMs();
  const clientBefore = process.cpuUsage();
  const startedMs = performance.now();
  const timesMs = (await Promise.all(parts.map(({ writer, rounds }) => writer.send(rounds)))).flat();
  const wallMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(clientBefore);
  const changes = sum(parts.flatMap(({ rounds }) => rounds.flat().map(({ entries }) => entries.length)));
  return {
    changesPerSecond: (changes / wallMs) * 1000,
    p50Ms: percentile(timesMs, 0.5),
    postgresUs: (1000 * ((await postgresMs()) - postgresBeforeMs)) / changes,
    clientUs: (user + system) / changes,
  };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
