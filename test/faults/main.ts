import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { type AmbiguousOutcome, runAmbiguous } from './ambiguous.ts';
import { catalogue } from './catalogue/catalogue.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { renderPlot } from './plot.ts';
import { createProgress } from './progress.ts';
import { renderBreaches, renderCatalogue, renderTable } from './report.ts';
import { type FaultsOutcome, runFaults } from './run-faults.ts';
import { runSameKey, type SameKeyOutcome } from './same-key.ts';
import { World } from './world.ts';

const INTERRUPTED = 130;

async function main(): Promise<number> {
  const names = catalogue.map((fault) => fault.name);
  const parsed = parseOptions(process.argv.slice(2), names, () => randomInt(2 ** 32));
  if (parsed.kind === 'help') return end(USAGE, 0);
  if (parsed.kind === 'wrong') return end(`${parsed.reason}\n\n${USAGE}`, 2);
  if (parsed.options.mode.kind === 'list') return end(renderCatalogue(catalogue), 0);
  return inWorld(parsed.options, (world) => runMode(world, parsed.options));
}

function print(text: string): void {
  process.stdout.write(text);
}

function end(text: string, exitCode: number): number {
  print(text);
  return exitCode;
}

async function inWorld(options: Options, run: (world: World) => Promise<boolean>): Promise<number> {
  // What was started is killed with this process, whatever it ends by.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(INTERRUPTED));
  const world = await World.open(options);
  try {
    return (await run(world)) ? 0 : 1;
  } finally {
    await world.close();
  }
}

/** True when every promise was kept. */
function runMode(world: World, options: Options): Promise<boolean> {
  const { kind, count } = options.mode;
  if (kind === 'ambiguous')
    return special(world, options, (onDone) => runAmbiguous({ ...options, world, count, onDone }));
  if (kind === 'same-key') return special(world, options, (onDone) => runSameKey({ ...options, world, count, onDone }));
  return injectFaults(world, options);
}

async function special(
  world: World,
  { seed, jsonFile, mode }: Options,
  run: (onDone: (done: number) => void) => Promise<AmbiguousOutcome | SameKeyOutcome>,
): Promise<boolean> {
  print(`Seed ${seed}: ${mode.kind}, ${mode.count} times, ${world.workers} workers\n`);
  const progress = createProgress(process.stdout, mode.count);
  const { breaches, ...figures } = await run((done) => progress.done(done, '')).finally(() => progress.stop());
  for (const [name, figure] of Object.entries(figures)) print(`  ${name.padEnd(16)} ${figure}\n`);
  for (const breach of breaches) print(`  broken: ${breach}\n`);
  if (jsonFile !== undefined) await writeFile(jsonFile, `${JSON.stringify({ seed, ...figures, breaches }, null, 2)}\n`);
  print(breaches.length === 0 ? 'Every promise was kept.\n' : `${breaches.length} times a promise was broken.\n`);
  print(`Again: npm run faults -- --${mode.kind} ${mode.count} --seed ${seed} --workers ${world.workers}\n`);
  return breaches.length === 0;
}

async function injectFaults(world: World, options: Options): Promise<boolean> {
  const { seed, only, jsonFile, plotFile } = options;
  const faults = catalogue.filter(
    ({ name, isAvailable }) => isAvailable() && (only.length === 0 || only.includes(name)),
  );
  if (faults.length === 0) throw new Error('None of these faults is available here; see --list');
  const left = catalogue.filter((fault) => !fault.isAvailable()).map(({ name }) => name);
  print(`Seed ${seed}: ${options.faults} faults, ${world.workers} workers\n`);
  if (left.length > 0) print(`Not available here: ${left.join(', ')}\n`);
  const progress = createProgress(process.stdout, options.faults);
  const outcome = await runFaults({
    world,
    seed,
    count: options.faults,
    faults,
    onNext: ({ name }) => progress.next(name),
    onResult: (result, done) => progress.done(done, renderBreaches(result)),
  }).finally(() => progress.stop());
  print(`\n${renderTable(outcome.results)}\n`);
  for (const change of outcome.lateChanges) print(`  changed late: ${change}\n`);
  if (jsonFile !== undefined) await writeFile(jsonFile, `${JSON.stringify({ seed, ...outcome }, null, 2)}\n`);
  if (plotFile !== undefined) await writeFile(plotFile, renderPlot(outcome.results, headlineOf(outcome, world)));
  return conclude(outcome, options);
}

function headlineOf({ results }: FaultsOutcome, world: World): string {
  const calls = results.reduce((total, result) => total + result.calls, 0);
  return `${results.length} faults injected into ${world.workers} workers under load, ${calls} calls held against the ledger`;
}

function conclude({ results, lateChanges }: FaultsOutcome, { seed, faults, workers, only }: Options): boolean {
  const broken = results.reduce((total, { breaches }) => total + breaches.length, lateChanges.length);
  const calls = results.reduce((total, result) => total + result.calls, 0);
  const verdict = broken === 0 ? 'every promise was kept' : `${broken} times a promise was broken`;
  print(`${results.length} faults, ${calls} calls: ${verdict}.\n`);
  const which = only.map((name) => ` --only ${name}`).join('');
  print(`Again: npm run faults -- --seed ${seed} --faults ${faults} --workers ${workers}${which}\n`);
  return broken === 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
