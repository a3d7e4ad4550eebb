// What idle and slow connections cost the others: npx tsx bench/held-connections.ts [--help]
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startServer } from './child-processes.ts';
import { openDatabase } from './database.ts';
import { type HoldOrder, type HoldReport, REPORT } from './held/hold-process.ts';
import { generate } from './overload/generator.ts';
import { createUsers } from './overload/slow-ledger.ts';
import { Releases } from './releases.ts';
import { percentile, spreadOf } from './statistics.ts';
import { requireFiles } from './system-limits.ts';

const USAGE = `Usage: npx tsx bench/held-connections.ts [options]

Measures the 99th percentile of a steady load, in turns: alone; while another server of this machine bears idle
connections and ones that send a byte now and then and never finish; and while the service bears them itself. Also how
long the service lets one that never finishes live. Build first (npm run build). Where the disk stands still now and then,
TMPDIR=/dev/shm keeps the ledger in memory, so that only what is measured shows.

  --idle N    connections that have had an answer and are kept (default 10000)
  --slow N    connections that never finish their request, opened anew when closed (default 500)
  --rate N    requests per second of the others (default 300)
  --rounds N  how often each of the three is measured (default 3)
`;
const USERS = 1000;
const OTHERS = 50;
/** Several short ones a turn, so that a machine that stands still for a moment spoils one of them and not the median. */
const WINDOWS = 4;
const WINDOW_MS = 4000;

const { values } = parseArgs({
  options: {
    idle: { type: 'string', default: '10000' },
    slow: { type: 'string', default: '500' },
    rate: { type: 'string', default: '300' },
    rounds: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});

/** A 99th percentile (ms) for each of the windows. */
async function p99OfOthers(url: string): Promise<number[]> {
  const p99Ms: number[] = [];
  while (p99Ms.length < WINDOWS) {
    const report = await generate({
      url,
      ratePerS: Number(values.rate),
      callersMax: OTHERS,
      patienceMs: 5000,
      durationMs: WINDOW_MS,
      warmUpMs: 1000,
      users: USERS,
    });
    const failed = Object.entries(report.statuses).filter(([status]) => status !== '200');
    if (failed.length > 0) process.stdout.write(`Not all were served: ${JSON.stringify(report.statuses)}\n`);
    p99Ms.push(percentile(report.doneLatenciesMs, 0.99));
  }
  return p99Ms;
}

/** The next message of the holder that is of this kind. */
async function hear<Kind extends HoldReport['kind']>(holder: ChildProcess, kind: Kind) {
  for (;;) {
    const [report] = (await once(holder, 'message')) as [HoldReport];
    if (report.kind === kind) return report as Extract<HoldReport, { kind: Kind }>;
  }
}

/** The p99 of the others, who call `url`, while `order` is held; and what became of that. */
async function besideHeld(url: string, order: HoldOrder, releases: Releases) {
  // Its work is that of other machines, so all its threads take only what the service leaves of the processors.
  const holder = fork(fileOf('./held/hold-process.ts'), [], {
    execPath: 'nice',
    execArgv: ['-n', '19', process.execPath, '--import', 'tsx'],
  });
  releases.add(async () => void holder.kill());
  const held = hear(holder, 'held');
  holder.send(order);
  await held;
  const p99Ms = await p99OfOthers(url);
  const reported = hear(holder, 'report');
  holder.send(REPORT);
  const report = await reported;
  const exited = once(holder, 'exit');
  holder.kill();
  await exited;
  return { ...report, p99Ms };
}

type Three = [number, number, number];

const list = (figures: readonly number[]) => figures.map((figure) => figure.toFixed(1)).join(' ');

const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

async function measure(releases: Releases): Promise<void> {
  const [idle, slow] = [Number(values.idle), Number(values.slow)];
  requireFiles(idle + slow + OTHERS);
  const database = await openDatabase({ serverUrl: undefined, releases, signal: new AbortController().signal });
  await createUsers(database.client, USERS);
  const bystander = await startServer(
    { name: 'the bystander', file: fileOf('./held/bystander.ts'), environment: {} },
    releases,
  );
  const { url } = await startServer(
    {
      name: 'the service',
      file: fileOf('../dist/main.js'),
      args: ['serve'],
      environment: { DATABASE_URL: database.url, HOST: '127.0.0.1', PORT: '0', WORKERS: '1', LOG_LEVEL: 'warn' },
    },
    releases,
  );
  const alone: number[] = [];
  const elsewhere: number[] = [];
  const beside: number[] = [];
  const reports: Awaited<ReturnType<typeof besideHeld>>[] = [];
  // What is compiled and filled only once belongs to none of them.
  await p99OfOthers(url);
  for (let round = 1; round <= Number(values.rounds); round++) {
    const [first, second, third] = [
      await p99OfOthers(url),
      await besideHeld(url, { url: bystander.url, idle, slow }, releases),
      await besideHeld(url, { url, idle, slow }, releases),
    ];
    alone.push(...first);
    elsewhere.push(...second.p99Ms);
    beside.push(...third.p99Ms);
    reports.push(third);
    process.stdout.write(`round ${round}: ${[first, second.p99Ms, third.p99Ms].map(list).join(' | ')} ms\n`);
  }
  const [aloneMs, elsewhereMs, besideMs] = [alone, elsewhere, beside].map((ms) => spreadOf(ms).median) as Three;
  const sum = (figures: readonly number[]) => figures.reduce((total, figure) => total + figure, 0);
  process.stdout.write(
    `p99, medians: ${aloneMs.toFixed(1)} ms alone; beside ${idle} idle and ${slow} slow connections ` +
      `${elsewhereMs.toFixed(1)} ms where another server bears them, ${besideMs.toFixed(1)} ms where the service does: ` +
      `${(besideMs / elsewhereMs).toFixed(2)} times that, ${(besideMs / aloneMs).toFixed(2)} times alone.\n` +
      `The service closed ${sum(reports.map(({ slowClosed }) => slowClosed))} slow connections, each within ` +
      `${(Math.max(...reports.map(({ slowLivedMs }) => slowLivedMs)) / 1000).toFixed(1)} s, and lost ` +
      `${sum(reports.map(({ idleLost }) => idleLost))} idle ones.\n`,
  );
}

const releases = new Releases();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void releases.run().then(() => process.exit(130)));
}
if (values.help) process.stdout.write(USAGE);
else await measure(releases).finally(() => releases.run());
