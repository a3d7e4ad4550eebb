// What the service does with more load than it can bear: npx tsx bench/overload/main.ts [--help]
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { startServer } from '../child-processes.ts';
import { openDatabase } from '../database.ts';
import { Releases } from '../releases.ts';
import { percentile, spreadOf } from '../statistics.ts';
import { requireFiles } from '../system-limits.ts';
import { generate } from './generator.ts';
import type { LoadPlan, LoadReport } from './load-source.ts';
import { createUsers, slowDown } from './slow-ledger.ts';

const USAGE = `Usage: npx tsx bench/overload/main.ts [options]

Measures the peak with callers that wait for their answers, then offers 1, 2 and 3 times as much by an open loop, and
prints what is left of the peak, at last the medians of the rounds. Build first (npm run build).

  --round-ms N     how long the ledger takes for a statement more than it does (default 500; 0: the processor is the limit)
  --rounds N       how often all is measured; each round has its own peak (default 1)
  --callers N      callers that find the peak (default 2000)
  --callers-max N  callers of the open loop at most (default 16000)
  --patience-ms N  how long a caller of the open loop waits (default 6000)
  --apart          service and database on the first core, the callers on the others: what callers take is then not
                   missing in the service (needs taskset)
`;
const USERS = 20_000;
const MULTIPLES = [1, 2, 3];
const PAUSE_MS = 3000;
// Asked at once: later it tells of the cores that this process may use.
const OTHER_CORES = `1-${availableParallelism() - 1}`;

const { values } = parseArgs({
  options: {
    'round-ms': { type: 'string', default: '500' },
    rounds: { type: 'string', default: '1' },
    callers: { type: 'string', default: '2000' },
    'callers-max': { type: 'string', default: '16000' },
    'patience-ms': { type: 'string', default: '6000' },
    apart: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** Moves this process, and with it whatever it starts from now on. */
function moveTo(cores: string): void {
  if (values.apart) execFileSync('taskset', ['-a', '-p', '-c', cores, String(process.pid)]);
}

const perSecond = (report: LoadReport) => report.doneLatenciesMs.length / report.seconds;

function row(name: string, report: LoadReport, peak: number): string {
  const { doneLatenciesMs: done, sent, seconds, statuses, unsent } = report;
  const share = `${Math.round((100 * perSecond(report)) / peak)}%`;
  const times = `p50 ${Math.round(percentile(done, 0.5))} ms, p99 ${Math.round(percentile(done, 0.99))} ms`;
  const offered = `${Math.round((sent + unsent) / seconds)}/s asked, ${unsent} of them found no free caller`;
  return `${name}: ${Math.round(perSecond(report))}/s done (${share}), ${times}; ${offered}; ${JSON.stringify(statuses)}\n`;
}

async function measure(releases: Releases): Promise<void> {
  const callersMax = Number(values['callers-max']);
  requireFiles(callersMax);
  moveTo('0');
  const database = await openDatabase({ serverUrl: undefined, releases, signal: new AbortController().signal });
  await createUsers(database.client, USERS);
  if (values['round-ms'] !== '0') await slowDown(database.client, Number(values['round-ms']));
  const { url, tail } = await startServer(
    {
      name: 'the service',
      file: new URL('../../dist/main.js', import.meta.url).pathname,
      args: ['serve'],
      environment: { DATABASE_URL: database.url, HOST: '127.0.0.1', PORT: '0', WORKERS: '1', LOG_LEVEL: 'warn' },
    },
    releases,
  );
  moveTo(OTHER_CORES);
  const load = (plan: Partial<LoadPlan>) =>
    generate({
      url,
      ratePerS: null,
      callersMax,
      patienceMs: Number(values['patience-ms']),
      durationMs: 20_000,
      warmUpMs: 8000,
      users: USERS,
      ...plan,
    });
  await load({ callersMax: 200, durationMs: 3000, warmUpMs: 0 });
  const closed = { callersMax: Number(values.callers), patienceMs: 30_000, durationMs: 9000, warmUpMs: 4000 };
  const shares = new Map<number, number[]>(MULTIPLES.map((multiple) => [multiple, []]));
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const report = await load(closed);
    const peak = perSecond(report);
    process.stdout.write(row(`closed loop, ${values.callers} callers`, report, peak));
    for (const [multiple, seen] of shares) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      const flood = await load({ ratePerS: multiple * peak });
      seen.push(perSecond(flood) / peak);
      process.stdout.write(row(`open loop, ${multiple} times`, flood, peak));
    }
  }
  for (const [multiple, seen] of shares) {
    const { median, min, max } = spreadOf(seen);
    const [middle, least, most] = [median, min, max].map((share) => Math.round(100 * share));
    process.stdout.write(`${multiple} times the peak: ${middle}% of it done (${least} to ${most})\n`);
  }
  if (tail() !== '') process.stdout.write(`The service said:\n${tail()}\n`);
}

const releases = new Releases();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void releases.run().then(() => process.exit(130)));
}
if (values.help) process.stdout.write(USAGE);
else await measure(releases).finally(() => releases.run());
