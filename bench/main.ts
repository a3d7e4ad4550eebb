import { bench } from './bench.ts';
import { renderList } from './list.ts';
import { parseOptions, usage } from './options.ts';
import { Releases } from './releases.ts';
import { scenarios } from './scenarios/scenarios.ts';

const INTERRUPTED = 130;

const scenarioNames = scenarios.map((scenario) => scenario.name);
const sideNames = scenarios.flatMap((scenario) => scenario.sides);
const releases = new Releases();
const aborting = new AbortController();

async function end(exitCode: number): Promise<void> {
  aborting.abort();
  await releases.run();
  process.exit(exitCode);
}

async function main(): Promise<void> {
  const parsed = parseOptions(process.argv.slice(2), scenarioNames, sideNames);
  if (parsed.kind === 'help') {
    process.stdout.write(usage(scenarioNames));
    return;
  }
  if (parsed.kind === 'list') {
    process.stdout.write(renderList(scenarios, parsed.settings));
    return;
  }
  if (parsed.kind === 'wrong') {
    process.stderr.write(`${parsed.reason}\n\n${usage(scenarioNames)}`);
    process.exitCode = 2;
    return;
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(INTERRUPTED));
  try {
    const { isProven } = await bench(parsed.options, releases, aborting.signal);
    await end(isProven ? 0 : 1);
  } catch (error) {
    // Once interrupted, whatever fails fails because it is being stopped.
    if (aborting.signal.aborted) return;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    await end(1);
  }
}

await main();
