// What the service does with more load than it can bear: npx tsx bench/overload/main.ts [--help]
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { startServer } from '../child-processes.ts';
import { runCommand } from '../command.ts';
import { serverCpuMs } from '../cpu-time.ts';
import { openDatabase } from '../database.ts';
import { integer } from '../integer-option.ts';
import type { Releases } from '../releases.ts';
import { percentile, spreadOf } from '../statistics.ts';
import { requireFiles } from '../system-limits.ts';
import { generate } from './generator.ts';
import type { LoadPlan, LoadReport } from './load-source.ts';
import { createUsers, slowDown } from './slow-ledger.ts';

const USAGE = `Usage: npx tsx bench/overload/main.ts [options]

Measures the peak with callers that wait for their answers, offers 1, 2 and 3 times as much by an open loop, each with a
peak before and one after it, and prints what is left of the mean of the two, at last the medians of the rounds. Build
first (npm run build).

  --round-ms N     how long the ledger takes for a statement more than it does (default 500; 0: the processor is the limit)
  --rounds N       how often all is measured (default 1)
  --callers N      callers that find the peak (default 2000)
  --callers-max N  callers of the open loop at most (default 16000)
  --patience-ms N  how long a caller of the open loop waits (default 6000)
  --apart          service and database on the first core, the callers on the others, where they never sleep: what callers
                   take is then not missing in the service, nor what it takes to wake them (needs taskset)
`;
const USERS = 20_000;
const MULTIPLES = [1, 2, 3];
const PAUSE_MS = 2000;
const PEAK_TIMES = { durationMs: 8000, warmUpMs: 3000 };
// Asked at once: later it tells of the cores that this process may use.
const OTHER_CORES = `1-${availableParallelism() - 1}`;

interface Options {
  readonly roundMs: number;
  readonly rounds: number;
  readonly callers: number;
  readonly callersMax: number;
  readonly patienceMs: number;
  readonly isApart: boolean;
}

function readOptions(): Options | null {
  const { values } = parseArgs({
    options: {
      'round-ms': { type: 'string' },
      rounds: { type: 'string' },
      callers: { type: 'string' },
      'callers-max': { type: 'string' },
      'patience-ms': { type: 'string' },
      apart: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  if (values.apart && availableParallelism() < 2) throw new RangeError('--apart needs two cores');
  return {
    roundMs: integer('round-ms', values['round-ms'], 0, 10_000) ?? 500,
    rounds: integer('rounds', values.rounds, 1, 1000) ?? 1,
    callers: integer('callers', values.callers, 1, 60_000) ?? 2000,
    callersMax: integer('callers-max', values['callers-max'], 1, 60_000) ?? 16_000,
    patienceMs: integer('patience-ms', values['patience-ms'], 1, 600_000) ?? 6000,
    isApart: values.apart,
  };
}

/** Moves this process, and with it whatever it starts from now on. */
function moveTo(cores: string): void {
  execFileSync('taskset', ['-a', '-p', '-c', cores, String(process.pid)]);
}

interface Measured {
  readonly report: LoadReport;
  readonly perSecond: number;
  /** Processor time of the workers for each change that was done; NaN where the system does not tell. */
  readonly cpuUs: number;
}

function row(name: string, { report, perSecond, cpuUs }: Measured): string {
  const { doneLatenciesMs: done, sent, seconds, statuses, unsent } = report;
  const times = `p50 ${Math.round(percentile(done, 0.5))} ms, p99 ${Math.round(percentile(done, 0.99))} ms`;
  const offered = `${Math.round((sent + unsent) / seconds)}/s asked, ${unsent} of them found no free caller`;
  const cost = `${Math.round(cpuUs)} us of the worker each`;
  return `${name}: ${Math.round(perSecond)}/s done, ${cost}, ${times}; ${offered}; ${JSON.stringify(statuses)}\n`;
}

const mean = (a: number, b: number) => (a + b) / 2;

function shares(name: string, seen: readonly number[]): string {
  const { median, min, max } = spreadOf(seen);
  const [middle, least, most] = [median, min, max].map((share) => Math.round(100 * share));
  return `${name} ${middle}% (${least} to ${most})`;
}

async function measure(options: Options, releases: Releases): Promise<void> {
  const { roundMs, rounds, callers, callersMax, patienceMs, isApart } = options;
  requireFiles(Math.max(callers, callersMax));
  if (isApart) moveTo('0');
  const database = await openDatabase({ serverUrl: undefined, releases, signal: new AbortController().signal });
  await createUsers(database.client, USERS);
  if (roundMs > 0) await slowDown(database.client, roundMs);
  const { pid, url, tail } = await startServer(
    {
      name: 'the service',
      file: new URL('../../dist/main.js', import.meta.url).pathname,
      args: ['serve'],
      environment: { DATABASE_URL: database.url, HOST: '127.0.0.1', PORT: '0', WORKERS: '1', LOG_LEVEL: 'warn' },
    },
    releases,
  );
  if (isApart) moveTo(OTHER_CORES);
  const load = (plan: Partial<LoadPlan>) =>
    generate({
      url,
      ratePerS: null,
      callersMax,
      patienceMs,
      durationMs: 20_000,
      warmUpMs: 8000,
      users: USERS,
      staysAwake: isApart,
      ...plan,
    });
  const measured = async (name: string, plan: Partial<LoadPlan>): Promise<Measured> => {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const before = await serverCpuMs(pid);
    const report = await load(plan);
    const cpuMs = (await serverCpuMs(pid)) - before;
    const perSecond = report.doneLatenciesMs.length / report.seconds;
    const result = { report, perSecond, cpuUs: (1000 * cpuMs) / report.doneInAll };
    process.stdout.write(row(name, result));
    return result;
  };
  const peak = () =>
    measured(`closed loop, ${callers} callers`, { callersMax: callers, patienceMs: 30_000, ...PEAK_TIMES });
  await load({ callersMax: 200, durationMs: 3000, warmUpMs: 0 });
  const rates = new Map<number, number[]>(MULTIPLES.map((multiple) => [multiple, []]));
  const costs = new Map<number, number[]>(MULTIPLES.map((multiple) => [multiple, []]));
  let before = await peak();
  for (let round = 0; round < rounds; round += 1) {
    for (const multiple of MULTIPLES) {
      const flood = await measured(`open loop, ${multiple} times`, { ratePerS: multiple * before.perSecond });
      const after = await peak();
      rates.get(multiple)?.push(flood.perSecond / mean(before.perSecond, after.perSecond));
      costs.get(multiple)?.push(mean(before.cpuUs, after.cpuUs) / flood.cpuUs);
      before = after;
    }
  }
  for (const multiple of MULTIPLES) {
    const rate = shares('of the peak done', rates.get(multiple) ?? []);
    const cost = shares('changes for the same processor time of the worker', costs.get(multiple) ?? []);
    process.stdout.write(`${multiple} times the peak: ${rate}; ${cost}\n`);
  }
  if (tail() !== '') process.stdout.write(`The service said:\n${tail()}\n`);
}

await runCommand({ usage: USAGE, read: readOptions, measure });
