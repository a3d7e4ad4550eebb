import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { type SimulationResult, simulate } from './simulate.ts';

const USAGE = `Usage: npm run simulate -- [options]

Runs simulated clusters: the real router, owners, peer links and group commit over simulated time, store and links, with
faults drawn from a seed. Each history is checked; a seed that breaks a promise is printed and always does it again.

  --seeds N   how many seeds (default 1000)
  --from N    the first of them (default 1)
  --seed N    only this one, with what happened in it
  --help      this text
`;

/** Seeds that a process is given at a time. */
const PORTION = 20;
const FAILURES_SHOWN_MAX = 20;

interface Portion {
  readonly from: number;
  readonly count: number;
}

/** Runs every portion that the parent sends, and sends each result back. */
function runAsChild(): void {
  process.on('message', async ({ from, count }: Portion) => {
    for (let seed = from; seed < from + count; seed += 1) process.send?.(await simulate(seed));
  });
  process.on('disconnect', () => process.exit());
}

async function showOne(seed: number): Promise<boolean> {
  const result = await simulate(seed);
  process.stdout.write(`seed ${seed}: ${result.calls} calls, fingerprint ${result.fingerprint}\n`);
  printCounters(result.counters);
  for (const violation of result.violations) process.stdout.write(`  ${violation}\n`);
  process.stdout.write(result.violations.length === 0 ? 'Every promise was kept.\n' : 'BROKEN.\n');
  return result.violations.length === 0;
}

/** Shares the seeds out among one process per core. Resolves when all have been judged. */
function runAll(from: number, seeds: number, onResult: (result: SimulationResult) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let next = from;
    let judged = 0;
    const children: ChildProcess[] = [];
    const feed = (child: ChildProcess) => {
      const count = Math.min(PORTION, from + seeds - next);
      if (count <= 0) return;
      child.send({ from: next, count } satisfies Portion);
      next += count;
    };
    for (let index = 0; index < availableParallelism(); index += 1) {
      const child = fork(process.argv[1] as string, ['--child']);
      let inPortion = 0;
      child.on('message', (result: SimulationResult) => {
        onResult(result);
        judged += 1;
        inPortion += 1;
        if (inPortion % PORTION === 0) feed(child);
        if (judged < seeds) return;
        for (const each of children) each.disconnect();
        resolve();
      });
      child.on('exit', (code) => {
        if (judged < seeds) reject(new Error(`a simulating process has ended with ${code}`));
      });
      children.push(child);
      feed(child);
    }
  });
}

async function simulateMany(from: number, seeds: number): Promise<boolean> {
  const startedMs = performance.now();
  const totals: Record<string, number> = {};
  const broken: SimulationResult[] = [];
  let calls = 0;
  const bar = process.stderr.isTTY ? new SingleBar(barOptions, Presets.shades_classic) : null;
  bar?.start(seeds, 0, { broken: 0 });
  await runAll(from, seeds, (result) => {
    calls += result.calls;
    for (const [name, count] of Object.entries(result.counters)) totals[name] = (totals[name] ?? 0) + count;
    if (result.violations.length > 0) broken.push(result);
    bar?.increment({ broken: broken.length });
  });
  bar?.stop();
  printCounters(totals);
  for (const { seed, violations } of broken.slice(0, FAILURES_SHOWN_MAX)) {
    process.stdout.write(`\nBROKEN, again with: npm run simulate -- --seed ${seed}\n  ${violations.join('\n  ')}\n`);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  process.stdout.write(`\n${seeds} seeds, ${calls} calls in ${seconds.toFixed(1)} s: ${broken.length} broken.\n`);
  return broken.length === 0;
}

const barOptions = {
  stream: process.stderr,
  format: '{bar} {value}/{total} seeds, {broken} broken, {eta_formatted} left',
  hideCursor: true,
  clearOnComplete: true,
};

function printCounters(counters: Readonly<Record<string, number>>): void {
  for (const name of Object.keys(counters).sort()) {
    process.stdout.write(`  ${name.padEnd(40)} ${String(counters[name]).padStart(9)}\n`);
  }
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new TypeError(`${text} is not a positive integer`);
  return value;
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return true;
  }
  if (values.seed !== undefined) return showOne(positiveInteger(values.seed));
  return simulateMany(positiveInteger(values.from), positiveInteger(values.seeds));
}

if (process.argv[2] === '--child') runAsChild();
else {
  try {
    process.exitCode = (await main()) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    process.exitCode = 2;
  }
}
