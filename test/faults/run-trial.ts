import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Fault } from './fault.ts';
import { judgeCalls, judgeUnanswered } from './judge-calls.ts';
import { type Finished, judgeHistories, settle } from './judge-ledger.ts';
import { Load } from './load.ts';
import type { Random } from './random.ts';
import { type Breach, Trial } from './trial.ts';
import { pause } from './wait.ts';
import { GIVE_UP_MS, REQUEST_TIMEOUT_MS, type World } from './world.ts';

const USERS = 50;
const OPENING_BALANCE = 150;
const CALLERS = 20;
/** Of load with nothing wrong, before the fault and after it. */
const QUIET_MS = 250;
/** A statement that was under way when its worker was lost ends by then. */
const LATE_MS = REQUEST_TIMEOUT_MS + 1500;

/** What one injection brought. */
export interface TrialResult {
  readonly fault: string;
  readonly calls: number;
  readonly done: number;
  readonly refused: number;
  readonly busy: number;
  readonly unknown: number;
  readonly unknownApplied: number;
  readonly goodAfterMs: number;
  readonly tookMs: number;
  readonly breaches: readonly Breach[];
}

export interface TrialOptions {
  readonly world: World;
  readonly fault: Fault;
  readonly random: Random;
  readonly finished: Finished;
}

/** Loads the service, injects one fault, waits until all is well, and judges everything that was answered meanwhile. */
export async function runTrial({ world, fault, random, finished }: TrialOptions): Promise<TrialResult> {
  const startedMs = performance.now();
  const trial = new Trial(world, await world.createUsers(USERS, OPENING_BALANCE));
  world.begin(trial);
  const loopDelay = monitorEventLoopDelay({ resolution: 5 });
  loopDelay.enable();
  const load = new Load({
    url: () => world.url,
    users: trial.users,
    records: trial.records,
    callers: CALLERS,
    random: random.fork(1),
    giveUpMs: GIVE_UP_MS,
  });
  await trial.probe(world.slots);
  await pause(QUIET_MS);
  const fromMs = performance.now();
  await inject(fault, world, trial, random.fork(2));
  const goodAfterMs = await healed(fault, world, trial);
  const toMs = performance.now();
  await pause(QUIET_MS);
  await load.stop();
  loopDelay.disable();
  for (const key of load.unsettled) trial.violate('unsettled', `${key} was sent again and again in vain`);
  const { histories, unknown, unknownApplied } = await settle(world, trial, toMs + LATE_MS);
  judgeHistories(trial, histories);
  const window = { fromMs, toMs, ownLagMs: loopDelay.max / 1e6, requestTimeoutMs: REQUEST_TIMEOUT_MS };
  trial.breaches.push(...judgeCalls(trial, window), ...judgeUnanswered(trial, histories));
  finished.add(fault.name, histories);
  world.begin(null);
  return {
    fault: fault.name,
    ...countsOf(trial),
    unknown,
    unknownApplied,
    goodAfterMs,
    tookMs: performance.now() - startedMs,
    breaches: trial.breaches,
  };
}

async function inject(fault: Fault, world: World, trial: Trial, random: Random): Promise<void> {
  try {
    await fault.inject(world, random);
  } catch (error) {
    trial.violate('not_injected', error instanceof Error ? error.message : String(error));
    world.proxy.passAll();
  }
}

async function healed(fault: Fault, world: World, trial: Trial): Promise<number> {
  const goodAfterMs = await trial.timeToGood();
  if (goodAfterMs > fault.goodWithinMs) {
    trial.violate('slow', `the first good answer came after ${Math.round(goodAfterMs)} ms`);
  }
  await world.untilReady().catch((error: Error) => trial.violate('not_healed', error.message));
  // Those slots too that the fault did not count for.
  if ((await trial.probe(world.slots)) === Number.POSITIVE_INFINITY) {
    trial.violate('not_healed', `some users get no good answer:\n${world.cluster.logTail}`);
  }
  return goodAfterMs;
}

function countsOf({ records }: Trial) {
  const count = (isSo: (status: number) => boolean) => records.all.filter(({ status }) => isSo(status)).length;
  return {
    calls: records.all.length,
    done: count((status) => status === 200),
    refused: count((status) => status === 409),
    busy: count((status) => status === 503),
  };
}
