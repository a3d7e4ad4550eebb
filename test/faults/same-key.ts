import { Agent } from 'node:http';
import { Random } from '../support/random.ts';
import { judgeHistories, settle } from './judge-ledger.ts';
import { type SendOptions, sendWish } from './load.ts';
import { Trial } from './trial.ts';
import { GIVE_UP_MS, REQUEST_TIMEOUT_MS, type World } from './world.ts';

const SENDINGS = 1000;
const CONNECTIONS = 100;
/** Keys that are sent at the same time. */
const KEYS_AT_ONCE = 5;
const USERS = 50;

export interface SameKeyOutcome {
  readonly keys: number;
  readonly sendings: number;
  readonly entries: number;
  /** How many processes of the service took them in. */
  readonly workers: number;
  readonly breaches: readonly string[];
}

export interface SameKeyRun {
  readonly world: World;
  readonly seed: number;
  readonly count: number;
  readonly onDone: (done: number) => void;
}

/** Sends every key a thousand times over many connections at once: each may leave one entry, and have one answer. */
export async function runSameKey({ world, seed, count, onDone }: SameKeyRun): Promise<SameKeyOutcome> {
  const random = new Random(seed);
  const trial = new Trial(world, await world.createUsers(USERS, 1000));
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const options = { url: world.url, agent, records: trial.records, giveUpMs: GIVE_UP_MS, byPath: false };
  const workers = new Set<number>();
  for (let first = 0; first < count; first += KEYS_AT_ONCE) {
    const keys = Math.min(KEYS_AT_ONCE, count - first);
    const sent = Array.from({ length: keys }, () => sendKey(trial, options, random));
    for (const pid of world.callersByWorker().keys()) workers.add(pid);
    await Promise.all(sent);
    onDone(first + keys);
  }
  agent.destroy();
  const { histories } = await settle(world, trial, performance.now() + REQUEST_TIMEOUT_MS);
  judgeHistories(trial, histories);
  const keyed = histories.flatMap(({ entries }) => entries.filter(({ operation }) => operation !== null));
  if (keyed.length !== count) trial.violate('doubled', `${keyed.length} entries for ${count} keys`);
  const breaches = trial.breaches.map(({ rule, detail }) => `${rule}: ${detail}`);
  const sendings = trial.records.all.length;
  return { keys: count, sendings, entries: keyed.length, workers: workers.size, breaches };
}

async function sendKey(trial: Trial, options: SendOptions, random: Random): Promise<void> {
  const { records } = options;
  const userId = random.pick(trial.users);
  const key = records.nextOperation('key');
  const wish = { operation: key, userId, amount: records.nextAmount(userId, random.chance(0.5)), key };
  const answers = await Promise.all(Array.from({ length: SENDINGS }, () => sendWish(wish, options)));
  const distinct = new Set(answers.map(({ call }) => JSON.stringify({ ...call.result, replayed: null })));
  if (distinct.size !== 1) trial.violate('replay', `${key} had answers ${[...distinct].slice(0, 3).join(' and ')}`);
}
