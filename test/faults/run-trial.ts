import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Random } from '../support/random.ts';
import type { Fault } from './fault.ts';
import { judgeCalls, judgeUnanswered, type Window } from './judge-calls.ts';
import { type Finished, judgeHistories, type Settlement, settle } from './judge-ledger.ts';
import { Load } from './load.ts';
import { type Breach, Trial } from './trial.ts';
import { pause } from './wait.ts';
import { GIVE_UP_MS, REQUEST_TIMEOUT_MS, type World } from './world.ts';

const USERS = 50;
/** Little: a good part of the withdrawals must be refused. */
const OPENING_BALANCE = 10;
const CALLERS = 20;
/** Of load with nothing wrong, before the fault and after it. */
const QUIET_MS = 250;
/** A statement that was under way when its worker was lost ends by then. */
const LATE_MS = REQUEST_TIMEOUT_MS + 1500;

/** What one injection brought. */
export interface TrialResult {
  readonly fault: string;
  /** What it did this time, when its name does not tell. */
  readonly label: string;
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
export async function runTrial(options: TrialOptions): Promise<TrialResult> {
  const { world, fault, finished } = options;
  const startedMs = performance.now();
  const trial = new Trial(world, await world.createUsers(USERS, OPENING_BALANCE));
  world.begin(trial);
  const course = await runUnderLoad(trial, options);
  const settlement = await settle(world, trial, course.toMs + LATE_MS);
  judge(trial, course, settlement, fault);
  finished.add(fault.name, settlement.histories);
  world.begin(null);
  return {
    fault: fault.name,
    label: trial.label,
    ...countsOf(trial),
    unknown: settlement.unknown,
    unknownApplied: settlement.unknownApplied,
    goodAfterMs: course.goodAfterMs,
    tookMs: performance.now() - startedMs,
    breaches: trial.breaches,
  };
}

interface Course extends Window {
  readonly goodAfterMs: number;
  readonly unsettled: readonly string[];
}

async function runUnderLoad(trial: Trial, { world, fault, random }: TrialOptions): Promise<Course> {
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
  const goodAfterMs = await healed(world, trial);
  const toMs = performance.now();
  await pause(QUIET_MS);
  await load.stop();
  loopDelay.disable();
  const ownLagMs = loopDelay.max / 1e6;
  return { fromMs, toMs, ownLagMs, requestTimeoutMs: REQUEST_TIMEOUT_MS, goodAfterMs, unsettled: load.unsettled };
}

function judge(trial: Trial, course: Course, { histories }: Settlement, fault: Fault): void {
  for (const key of course.unsettled) trial.violate('unsettled', `${key} was sent again and again in vain`);
  judgeHistories(trial, histories);
  trial.breaches.push(...judgeCalls(trial, course), ...judgeUnanswered(trial, histories));
  if (course.goodAfterMs > fault.goodWithinMs + course.ownLagMs) {
    trial.violate('slow', `the first good answer came after ${Math.round(course.goodAfterMs)} ms`);
  }
}

async function inject(fault: Fault, world: World, trial: Trial, random: Random): Promise<void> {
  try {
    await fault.inject(world, random);
  } catch (error) {
    trial.violate('not_injected', error instanceof Error ? error.message : String(error));
    world.proxy.passAll();
  }
}

async function healed(world: World, trial: Trial): Promise<number> {
  const goodAfterMs = await trial.timeToGood();
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
