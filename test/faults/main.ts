import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { catalogue } from './catalogue/catalogue.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { createProgress } from './progress.ts';
import { renderBreaches, renderCatalogue, renderTable } from './report.ts';
import { type FaultsOutcome, runFaults } from './run-faults.ts';
import { World } from './world.ts';

const INTERRUPTED = 130;

async function main(): Promise<number> {
  const names = catalogue.map((fault) => fault.name);
  const parsed = parseOptions(process.argv.slice(2), names, () => randomInt(2 ** 32));
  if (parsed.kind === 'help') return print(USAGE, 0);
  if (parsed.kind === 'wrong') return print(`${parsed.reason}\n\n${USAGE}`, 2);
  if (parsed.options.mode.kind === 'list') return print(renderCatalogue(catalogue), 0);
  return inWorld(parsed.options, (world) => injectFaults(world, parsed.options));
}

function print(text: string, exitCode: number): number {
  process.stdout.write(text);
  return exitCode;
}

async function inWorld(options: Options, run: (world: World) => Promise<boolean>): Promise<number> {
  // What was started is killed with this process, whatever it ends by.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(INTERRUPTED));
  const world = await World.open(options.workers);
  try {
    return (await run(world)) ? 0 : 1;
  } finally {
    await world.close();
  }
}

/** True when every promise was kept. */
async function injectFaults(world: World, options: Options): Promise<boolean> {
  const { seed, only, jsonFile } = options;
  const faults = catalogue.filter(
    ({ name, isAvailable }) => isAvailable() && (only.length === 0 || only.includes(name)),
  );
  if (faults.length === 0) throw new Error('None of these faults is available here; see --list');
  const left = catalogue.filter((fault) => !fault.isAvailable()).map(({ name }) => name);
  print(`Seed ${seed}: ${options.faults} faults, ${world.workers} workers\n`, 0);
  if (left.length > 0) print(`Not available here: ${left.join(', ')}\n`, 0);
  const progress = createProgress(process.stdout, options.faults);
  const outcome = await runFaults({
    world,
    seed,
    count: options.faults,
    faults,
    onNext: ({ name }) => progress.next(name),
    onResult: (result, done) => progress.done(done, renderBreaches(result)),
  }).finally(() => progress.stop());
  print(`\n${renderTable(outcome.results)}\n`, 0);
  for (const change of outcome.lateChanges) print(`  changed late: ${change}\n`, 0);
  if (jsonFile !== undefined) await writeFile(jsonFile, `${JSON.stringify({ seed, ...outcome }, null, 2)}\n`);
  return conclude(outcome, options);
}

function conclude({ results, lateChanges }: FaultsOutcome, { seed, faults, workers, only }: Options): boolean {
  const broken = results.reduce((total, { breaches }) => total + breaches.length, lateChanges.length);
  const calls = results.reduce((total, result) => total + result.calls, 0);
  const verdict = broken === 0 ? 'every promise was kept' : `${broken} times a promise was broken`;
  print(`${results.length} faults, ${calls} calls: ${verdict}.\n`, 0);
  const which = only.map((name) => ` --only ${name}`).join('');
  print(`Again: npm run faults -- --seed ${seed} --faults ${faults} --workers ${workers}${which}\n`, 0);
  return broken === 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
