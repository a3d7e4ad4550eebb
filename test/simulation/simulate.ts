import type { Balance, UserId } from '../../src/domain/operation.ts';
import { checkHistory } from '../history/check-history.ts';
import type { LedgerEntry, UserHistory } from '../history/history.ts';
import { operationOfKey, type Request, SimCallers } from './sim-callers.ts';
import { SimCreators } from './sim-creators.ts';
import { changeBalanceBySql, FAULTS, heal, type Scene } from './sim-faults.ts';
import { SimLauncher } from './sim-launcher.ts';
import { type Defects, World } from './world.ts';

export interface SimulationResult {
  readonly seed: number;
  /** What a person should read; empty when every promise was kept. */
  readonly violations: readonly string[];
  readonly counters: Readonly<Record<string, number>>;
  readonly calls: number;
  /** The same for the same seed: time, events and answers. */
  readonly fingerprint: string;
}

const FAULTS_END_MS = 6500;
const HEALED_WITHIN_MS = 7000;
const PROBE_WITHIN_MS = 1000;
const UNFIT_SHARE = 0.005;
/** Changes by SQL are seen within a second. */
const OUTSIDE_LAG_MS = 1000;

/** One life of a cluster, from its start through faults to its recovery, and the judgement on it. */
export async function simulate(seed: number, defects: Defects = {}): Promise<SimulationResult> {
  const world = new World(seed, defects);
  const { random, timeline } = world;
  const launchers = [new SimLauncher(world, 1, random.integer(1, 3))];
  const callers = new SimCallers(world, () => launchers);
  const users = Array.from({ length: random.integer(1, 4) }, (_, index) => (index + 1) as UserId);
  const opening = new Map(users.map((userId) => [userId, random.integer(0, 60)]));
  for (const [userId, balance] of opening) world.server.tables.addUser(userId, balance as Balance);
  const scene: Scene = { world, callers, users, launchers };

  scheduleFaults(scene);
  scheduleOutsideChanges(scene);
  scheduleCalls(scene);
  const creators = new SimCreators(world, callers);
  creators.schedule(FAULTS_END_MS);
  await timeline.runUntil(FAULTS_END_MS);
  heal(scene);
  await timeline.runUntil(FAULTS_END_MS + HEALED_WITHIN_MS);
  const stuck = await probe(scene);
  for (const launcher of launchers) launcher.kill();

  const histories = users.map((userId) => historyOf(scene, userId, opening.get(userId) ?? 0));
  const found = histories.flatMap((history) => checkHistory(history, { outsideLagMs: OUTSIDE_LAG_MS }));
  return {
    seed,
    violations: [
      ...found.map(({ rule, userId, detail }) => `${rule}: user ${userId}: ${detail}`),
      ...callers.overdue.map((detail) => `overdue: ${detail}`),
      ...creators.findFalseAnswers(),
      ...stuck,
    ],
    counters: world.counters.toObject(),
    calls: callers.calls.length,
    fingerprint: fingerprintOf(scene),
  };
}

/** A few kinds of fault, several times each: so that any two of them meet in some seed. */
function scheduleFaults(scene: Scene): void {
  const { random, timeline, counters } = scene.world;
  const kinds = Array.from({ length: random.integer(1, 4) }, () => random.pick(Object.keys(FAULTS)));
  const faults = random.integer(0, 12);
  for (let index = 0; index < faults; index += 1) {
    const kind = random.pick(kinds);
    timeline.after(random.between(300, FAULTS_END_MS - 500), () => {
      counters.count(`fault: ${kind}`);
      FAULTS[kind]?.(scene);
    });
  }
}

/** Somebody corrects balances by hand, with nothing else going wrong. */
function scheduleOutsideChanges(scene: Scene): void {
  const { random, timeline } = scene.world;
  for (let changes = random.integer(0, 4); changes > 0; changes -= 1) {
    timeline.after(random.between(300, FAULTS_END_MS - 1500), () => changeBalanceBySql(scene));
  }
}

/** Clients that send one request after the other, and bursts of many at the same moment. */
function scheduleCalls(scene: Scene): void {
  const { random, timeline } = scene.world;
  // Where little is written, nothing but a notification tells of a change from outside.
  const readShare = random.pick([0.1, 0.3, 0.95]);
  for (let client = random.integer(2, 6); client > 0; client -= 1) void runClient(scene, readShare);
  for (let burst = random.integer(0, 4); burst > 0; burst -= 1) {
    const request = aRequest(scene, readShare);
    const size = random.integer(2, 25);
    timeline.after(random.between(0, FAULTS_END_MS), () => {
      for (let index = 0; index < size; index += 1) void scene.callers.send(request);
    });
  }
}

async function runClient(scene: Scene, readShare: number): Promise<void> {
  const { callers, world } = scene;
  const { random, timeline } = world;
  const paceMs = random.pick([30, 100, 400]);
  await callers.pause(random.between(0, 500));
  while (timeline.now < FAULTS_END_MS) {
    const request = aRequest(scene, readShare);
    await callers.send(request);
    // A late duplicate, or the mistake of a caller who uses a key twice.
    if (request.key !== null && random.chance(0.1)) await callers.send(request);
    if (request.key !== null && random.chance(0.05))
      await callers.send({ ...request, amount: request.amount + 1 || 2 });
    await callers.pause(random.between(0, 2 * paceMs));
  }
}

function aRequest({ world: { random }, callers, users }: Scene, readShare: number): Request {
  const userId = random.pick(users);
  if (random.chance(readShare)) return { userId, amount: 0, key: null };
  const amount = random.chance(0.7) ? -random.integer(1, 25) : random.integer(1, 20);
  const key = random.chance(0.4) ? callers.nextKey() : null;
  return { userId, amount, key, isUnfit: random.chance(UNFIT_SHARE) };
}

/** Once all has healed, every user must be served at once. */
async function probe({ world, callers, users, launchers }: Scene): Promise<readonly string[]> {
  const stuck: string[] = [];
  if (!launchers.some((launcher) => launcher.isReady)) stuck.push('stuck: no launcher owns its slots in the end');
  const standby = launchers.filter((launcher) => launcher.isAlive && !launcher.isReady);
  for (const launcher of standby) launcher.kill();
  for (const userId of users) {
    for (const amount of [1, 0]) {
      void callers.send({ userId, amount, key: null }).then((result) => {
        if (result.kind !== 'done' && result.kind !== 'read') stuck.push(`stuck: user ${userId} got ${result.kind}`);
        answered += 1;
      });
    }
  }
  let answered = 0;
  await world.timeline.runUntil(world.timeline.now + PROBE_WITHIN_MS);
  if (answered < 2 * users.length) stuck.push(`stuck: ${2 * users.length - answered} probes were not answered`);
  return stuck;
}

function historyOf({ world, callers }: Scene, userId: UserId, openingBalance: number): UserHistory {
  const { tables, outsideCommits } = world.server;
  const entries = tables.entriesOf(userId).map((entry): LedgerEntry => {
    const requested = entry.refusal?.requested ?? null;
    const keyed =
      entry.idempotencyKey === null ? null : operationOfKey(entry.idempotencyKey, requested ?? entry.amount);
    const committedByMs = outsideCommits.get(`${userId}:${entry.version}`);
    return {
      version: entry.version,
      amount: entry.amount,
      balance: entry.balance,
      operationId: entry.operationId,
      operation: entry.source === 'sql' ? null : (keyed ?? entry.operationId),
      requested,
      ...(committedByMs === undefined ? {} : { committedByMs }),
    };
  });
  const account = tables.account(userId) ?? { balance: -1, version: -1 };
  const calls = callers.calls.filter((call) => call.userId === userId);
  return { userId, openingBalance, calls, entries, account };
}

function fingerprintOf({ world, callers }: Scene): string {
  let hash = 0;
  const text = JSON.stringify([callers.calls, world.counters.toObject(), world.timeline.booked]);
  for (let index = 0; index < text.length; index += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return (hash >>> 0).toString(16);
}
