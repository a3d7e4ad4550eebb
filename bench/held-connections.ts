// What idle and slow connections cost the others: npx tsx bench/held-connections.ts [--help]
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startServer } from './child-processes.ts';
import { runCommand } from './command.ts';
import { openDatabase } from './database.ts';
import { type HoldOrder, type HoldReport, REPORT } from './held/hold-process.ts';
import { integer } from './integer-option.ts';
import { generate } from './overload/generator.ts';
import { createUsers } from './overload/slow-ledger.ts';
import type { Releases } from './releases.ts';
import { percentile, spreadOf } from './statistics.ts';
import { requireCommand, requireFiles } from './system-limits.ts';

const USAGE = `Usage: npx tsx bench/held-connections.ts [options]

Measures the 99th percentile of a steady load, in turns: alone; while another server of this machine bears idle
connections and ones that send a byte now and then and never finish; and while the service bears them itself. Also how
long the service lets one that never finishes live. Build first (npm run build). Where the disk stands still now and then,
TMPDIR=/dev/shm keeps the ledger in memory, so that only what is measured shows. Needs chrt (util-linux).

  --idle N    connections that have had an answer and are kept (default 10000)
  --slow N    connections that never finish their request, opened anew when closed (default 500, at most 2000)
  --drip-ms N ms from one byte of these to the next (default 1000)
  --rate N    requests per second of the others (default 300)
  --rounds N  how often each of the three is measured (default 3)
`;
/** Their holder opens one every 4 ms then, beside a byte of another every half a millisecond. */
const SLOW_MAX = 2000;
const USERS = 1000;
const OTHERS = 50;
/** Several short ones a turn, so that a machine that stands still for a moment spoils one of them and not the median. */
const WINDOWS = 4;
const WINDOW_MS = 4000;
/** Before the first of a turn: the load generator has compiled itself. */
const WARM_UP_MS = 8000;
/**
 * For the processes that only make the load: V8's threads that collect garbage and compile for them took up to 20 ms of both
 * cores at a time, and much of what was slower than 2.5 ms was theirs.
 */
const QUIET_FLAGS = ['--v8-pool-size=0', '--min-semi-space-size=64', '--max-semi-space-size=64'];
const HOLDER_ENDED = 'The process that holds the connections has ended.';

interface Options {
  readonly idle: number;
  readonly slow: number;
  readonly dripMs: number;
  readonly ratePerS: number;
  readonly rounds: number;
}

function readOptions(): Options | null {
  const { values } = parseArgs({
    options: {
      idle: { type: 'string' },
      slow: { type: 'string' },
      'drip-ms': { type: 'string' },
      rate: { type: 'string' },
      rounds: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  return {
    idle: integer('idle', values.idle, 0, 50_000) ?? 10_000,
    slow: integer('slow', values.slow, 0, SLOW_MAX) ?? 500,
    dripMs: integer('drip-ms', values['drip-ms'], 1, 60_000) ?? 1000,
    ratePerS: integer('rate', values.rate, 1, 100_000) ?? 300,
    rounds: integer('rounds', values.rounds, 1, 1000) ?? 3,
  };
}

/** A 99th percentile (ms) for each of the windows. */
async function p99OfOthers(url: string, ratePerS: number): Promise<number[]> {
  const plan = {
    url,
    ratePerS,
    callersMax: OTHERS,
    patienceMs: 5000,
    durationMs: WARM_UP_MS + WINDOWS * WINDOW_MS,
    warmUpMs: WARM_UP_MS,
    users: USERS,
  };
  const { statuses, doneLatenciesMs } = await generate(plan, QUIET_FLAGS);
  const failed = Object.entries(statuses).filter(([status]) => status !== '200');
  if (failed.length > 0) process.stdout.write(`Not all were served: ${JSON.stringify(statuses)}\n`);
  // They are in order, and came at a steady rate.
  const perWindow = Math.ceil(doneLatenciesMs.length / WINDOWS);
  return Array.from({ length: WINDOWS }, (_, window) =>
    percentile(doneLatenciesMs.slice(window * perWindow, (window + 1) * perWindow), 0.99),
  );
}

/** The next message of the holder that is of this kind. Rejects when there is no holder any more. */
async function hear<Kind extends HoldReport['kind']>(holder: ChildProcess, kind: Kind) {
  if (holder.exitCode !== null || holder.signalCode !== null) throw new Error(HOLDER_ENDED);
  const gone = new AbortController();
  const hasExited = once(holder, 'exit', { signal: gone.signal }).then(() => {
    throw new Error(HOLDER_ENDED);
  });
  try {
    for (;;) {
      const [report] = (await Promise.race([once(holder, 'message', { signal: gone.signal }), hasExited])) as [
        HoldReport,
      ];
      if (report.kind === kind) return report as Extract<HoldReport, { kind: Kind }>;
    }
  } finally {
    hasExited.catch(() => undefined);
    gone.abort();
  }
}

/** What is measured while `order` is held, and what became of that. */
async function whileHeld<Measured>(order: HoldOrder, releases: Releases, measured: () => Promise<Measured>) {
  // Its work is that of other machines, so all its threads take only what the service leaves of the processors.
  const holder = fork(fileOf('./held/hold-process.ts'), [], {
    execPath: 'chrt',
    execArgv: ['--idle', '0', process.execPath, ...QUIET_FLAGS, '--import', 'tsx'],
  });
  releases.add(async () => void holder.kill());
  // Whoever waits for its messages hears of it.
  holder.on('error', () => undefined);
  const held = hear(holder, 'held');
  holder.send(order);
  await held;
  const figures = await measured();
  const reported = hear(holder, 'report');
  holder.send(REPORT);
  const report = await reported;
  const exited = once(holder, 'exit');
  holder.kill();
  await exited;
  return { figures, report };
}

const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const WAYS = ['alone', 'elsewhere', 'beside'] as const;
type Way = (typeof WAYS)[number];

const list = (figures: readonly number[]) => figures.map((figure) => figure.toFixed(1)).join(' ');

function text(p99Ms: readonly number[]): string {
  const { median, min, max } = spreadOf(p99Ms);
  return `${median.toFixed(1)} ms (${min.toFixed(1)} to ${max.toFixed(1)})`;
}

async function measure({ idle, slow, dripMs, ratePerS, rounds }: Options, releases: Releases): Promise<void> {
  requireFiles(idle + slow + OTHERS);
  requireCommand('chrt', 'It is part of util-linux, and only Linux has it.');
  const database = await openDatabase({ serverUrl: undefined, releases, signal: new AbortController().signal });
  await createUsers(database.client, USERS);
  const bystander = await startServer(
    { name: 'the bystander', file: fileOf('./held/bystander.ts'), environment: {} },
    releases,
  );
  const service = await startServer(
    {
      name: 'the service',
      file: fileOf('../dist/main.js'),
      args: ['serve'],
      environment: { DATABASE_URL: database.url, HOST: '127.0.0.1', PORT: '0', WORKERS: '1', LOG_LEVEL: 'warn' },
    },
    releases,
  );
  const p99Ms: Readonly<Record<Way, number[]>> = { alone: [], elsewhere: [], beside: [] };
  let slowClosed = 0;
  let slowLivedMs = 0;
  let idleLost = 0;
  const others = () => p99OfOthers(service.url, ratePerS);
  const measureOnce: Readonly<Record<Way, () => Promise<number[]>>> = {
    alone: others,
    elsewhere: async () => (await whileHeld({ url: bystander.url, idle, slow, dripMs }, releases, others)).figures,
    beside: async () => {
      const { figures, report } = await whileHeld({ url: service.url, idle, slow, dripMs }, releases, others);
      slowClosed += report.slowClosed;
      slowLivedMs = Math.max(slowLivedMs, report.slowLivedMs);
      idleLost += report.idleLost;
      return figures;
    },
  };
  // What is compiled and filled only once belongs to none of them.
  await others();
  for (let round = 1; round <= rounds; round += 1) {
    for (const way of round % 2 === 1 ? WAYS : WAYS.toReversed()) p99Ms[way].push(...(await measureOnce[way]()));
    const newest = WAYS.map((way) => list(p99Ms[way].slice(-WINDOWS)));
    process.stdout.write(`round ${round}: ${newest.join(' | ')} ms\n`);
  }
  const [alone, elsewhere, beside] = WAYS.map((way) => spreadOf(p99Ms[way]).median) as [number, number, number];
  process.stdout.write(
    `p99 of the others, median of the windows: ${text(p99Ms.alone)} alone; beside ${idle} idle and ${slow} slow connections ` +
      `${text(p99Ms.elsewhere)} where another server bears them, ${text(p99Ms.beside)} where the service does: ` +
      `${(beside / elsewhere).toFixed(2)} times that, ${(beside / alone).toFixed(2)} times alone.\n` +
      `The service closed ${slowClosed} slow connections, let none live longer than ${(slowLivedMs / 1000).toFixed(1)} s, ` +
      `and lost ${idleLost} idle ones.\n`,
  );
}

await runCommand({ usage: USAGE, read: readOptions, measure });
