import { Agent } from 'node:http';
import { Random } from '../support/random.ts';
import { judgeHistories, settle } from './judge-ledger.ts';
import { type SendOptions, sendUntilSettled, sendWish } from './load.ts';
import type { Wish } from './records.ts';
import { Trial } from './trial.ts';
import { killWorker } from './workers.ts';
import { GIVE_UP_MS, REQUEST_TIMEOUT_MS, type World } from './world.ts';

const USERS = 50;
const HELD_WITHIN_MS = 5000;

export interface AmbiguousOutcome {
  /** Commits whose reply was lost, as the ledger showed while it was held. */
  readonly committed: number;
  /** Rounds that were lost on their way. */
  readonly notCommitted: number;
  /** Of both, those whose worker was killed at that moment, so that its own callers cannot be told. */
  readonly killed: number;
  /** Calls whose callers did not learn the outcome, and how many of these had been applied. */
  readonly unknown: number;
  readonly unknownApplied: number;
  /** Keys that were sent until their outcome was known. */
  readonly keys: number;
  readonly breaches: readonly string[];
}

export interface AmbiguousRun {
  readonly world: World;
  readonly seed: number;
  readonly count: number;
  readonly onDone: (done: number) => void;
}

/**
 * Makes the outcome of one round after the other ambiguous: half of them are committed and lose their reply, half never
 * arrive. Each carries a change with a key, which its caller sends again until it knows, and one without.
 */
export async function runAmbiguous({ world, seed, count, onDone }: AmbiguousRun): Promise<AmbiguousOutcome> {
  const random = new Random(seed);
  const trial = new Trial(world, await world.createUsers(USERS, 1000));
  world.begin(trial);
  const tally = { committed: 0, notCommitted: 0, killed: 0 };
  const unsettled: string[] = [];
  for (let index = 0; index < count; index += 1) {
    await world.untilReady();
    const isCommitted = index % 2 === 0;
    const isKilled = index % 4 >= 2;
    const agent = new Agent({ keepAlive: false });
    const options = { url: world.url, agent, records: trial.records, giveUpMs: GIVE_UP_MS, byPath: true };
    const calls = sendPair(trial, options, random);
    const held = await world.proxy.holdRound({ point: isCommitted ? 'reply' : 'request', withinMs: HELD_WITHIN_MS });
    if ((await hasEntry(world, calls.wishes)) === isCommitted) tally[isCommitted ? 'committed' : 'notCommitted'] += 1;
    else trial.violate('not_injected', `round ${index} is not as it was meant to be`);
    if (isKilled) {
      killWorker(world, held.slot);
      tally.killed += 1;
    }
    held.reset();
    if (!(await calls.areSettled)) unsettled.push(String(index));
    if (isKilled) await trial.timeToGood();
    onDone(index + 1);
  }
  for (const index of unsettled) trial.violate('unsettled', `the key of round ${index}`);
  const { histories, unknown, unknownApplied } = await settle(world, trial, performance.now() + REQUEST_TIMEOUT_MS);
  judgeHistories(trial, histories);
  world.begin(null);
  const breaches = trial.breaches.map(({ rule, detail }) => `${rule}: ${detail}`);
  return { ...tally, unknown, unknownApplied, keys: count, breaches };
}

/** One change with a key and one without, of the same user: they meet in one round, or in two of the same worker. */
function sendPair(trial: Trial, options: SendOptions, random: Random) {
  const { records } = options;
  const userId = random.pick(trial.users);
  const key = records.nextOperation('key');
  const keyed: Wish = { operation: key, userId, amount: records.nextAmount(userId, random.chance(0.5)), key };
  const operation = records.nextOperation('one');
  const plain: Wish = { operation, userId, amount: records.nextAmount(userId, false), key: undefined };
  const sending = [sendUntilSettled(keyed, () => options, random), sendWish(plain, options).then(() => true)];
  return { wishes: [keyed, plain], areSettled: Promise.all(sending).then((each) => each.every(Boolean)) };
}

/** Whether something of a round that is held has been committed. */
async function hasEntry(world: World, wishes: readonly Wish[]): Promise<boolean> {
  const rows = await world.server.query(
    `select from entries where user_id = $1 and
       (idempotency_key = any($2) or (idempotency_key is null and source = 'service' and amount = any($3::bigint[])))`,
    [wishes[0]?.userId, wishes.flatMap(({ key }) => key ?? []), wishes.map(({ amount }) => amount)],
  );
  return rows.length > 0;
}
