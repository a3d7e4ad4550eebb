// What idle and slow connections cost the others: npx tsx bench/held-connections.ts [--help]
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startServer } from './child-processes.ts';
import { openDatabase } from './database.ts';
import type { HoldOrder, HoldReport } from './held/hold-process.ts';
import { generate } from './overload/generator.ts';
import { createUsers } from './overload/slow-ledger.ts';
import { Releases } from './releases.ts';
import { percentile } from './statistics.ts';
import { requireFiles } from './system-limits.ts';

const USAGE = `Usage: npx tsx bench/held-connections.ts [options]

Measures the 99th percentile of a steady load alone, and again beside idle connections and ones that send a byte now and
then and never finish; and when the service has closed the last of those. Build first (npm run build).

  --idle N    connections that have had an answer and are kept (default 10000)
  --slow N    connections that never finish their request (default 500)
  --rate N    requests per second of the others (default 300)
`;
const USERS = 1000;
const OTHERS = 50;

const { values } = parseArgs({
  options: {
    idle: { type: 'string', default: '10000' },
    slow: { type: 'string', default: '500' },
    rate: { type: 'string', default: '300' },
    help: { type: 'boolean', default: false },
  },
});

async function p99OfOthers(url: string): Promise<number> {
  const report = await generate({
    url,
    ratePerS: Number(values.rate),
    callersMax: OTHERS,
    patienceMs: 5000,
    durationMs: 12_000,
    warmUpMs: 2000,
    users: USERS,
  });
  const failed = Object.entries(report.statuses).filter(([status]) => status !== '200');
  if (failed.length > 0) process.stdout.write(`Not all were served: ${JSON.stringify(report.statuses)}\n`);
  return percentile(report.doneLatenciesMs, 0.99);
}

/** The next message of the holder that is of this kind. */
async function hear<Kind extends HoldReport['kind']>(holder: ChildProcess, kind: Kind) {
  for (;;) {
    const [report] = (await once(holder, 'message')) as [HoldReport];
    if (report.kind === kind) return report as Extract<HoldReport, { kind: Kind }>;
  }
}

async function measure(releases: Releases): Promise<void> {
  const order: HoldOrder = { url: '', idle: Number(values.idle), slow: Number(values.slow) };
  requireFiles(order.idle + order.slow + OTHERS);
  const database = await openDatabase({ serverUrl: undefined, releases, signal: new AbortController().signal });
  await createUsers(database.client, USERS);
  const { url } = await startServer(
    {
      name: 'the service',
      file: fileURLToPath(new URL('../dist/main.js', import.meta.url)),
      args: ['serve'],
      environment: { DATABASE_URL: database.url, HOST: '127.0.0.1', PORT: '0', WORKERS: '1', LOG_LEVEL: 'warn' },
    },
    releases,
  );
  const quiet = [await p99OfOthers(url), await p99OfOthers(url)];
  const holder = fork(fileURLToPath(new URL('./held/hold-process.ts', import.meta.url)), [], {
    execArgv: ['--import', 'tsx'],
  });
  releases.add(async () => void holder.kill());
  const held = hear(holder, 'held');
  holder.send({ ...order, url });
  await held;
  const closed = hear(holder, 'closed');
  const beside = [await p99OfOthers(url), await p99OfOthers(url)];
  const { lastAfterMs, idleLost } = await closed;
  const [quietMs, besideMs] = [quiet, beside].map((figures) => Math.min(...figures)) as [number, number];
  const list = (figures: readonly number[]) => figures.map((ms) => ms.toFixed(1)).join(' and ');
  process.stdout.write(
    `p99 alone: ${list(quiet)} ms; beside ${order.idle} idle and ${order.slow} slow connections: ${list(beside)} ms ` +
      `(${(besideMs / quietMs).toFixed(2)} times, best of two each)\n` +
      `The last slow connection was closed ${(lastAfterMs / 1000).toFixed(1)} s after it was opened; ` +
      `${idleLost} idle ones were lost.\n`,
  );
}

const releases = new Releases();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void releases.run().then(() => process.exit(130)));
}
if (values.help) process.stdout.write(USAGE);
else await measure(releases).finally(() => releases.run());
