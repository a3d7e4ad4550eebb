import { readConfig } from '../src/config.ts';
import { openDatabase } from './database.ts';
import { Fleet } from './fleet.ts';
import { startHelper } from './helper-process.ts';
import type { LoadOrder, LoadResult } from './load-protocol.ts';
import type { BenchOptions } from './options.ts';
import { createProgress } from './progress.ts';
import type { Releases } from './releases.ts';
import { writeReport } from './report/write-report.ts';
import { factsOf, writeResult } from './result-file.ts';
import { type Measured, runAll } from './run.ts';
import type { Generators, Scenario } from './scenarios/scenario.ts';
import { scenarios } from './scenarios/scenarios.ts';
import { isOwn, SIDE_NOTES, type SideName } from './sides/side.ts';
import type { StreamPlan, StreamResult } from './stream/plan.ts';
import { isAllProven, type SideSummary, summarize, verdict } from './summary.ts';
import { backlogNote, requireFiles } from './system-limits.ts';
import { renderTable } from './table.ts';

export interface BenchOutcome {
  readonly summaries: readonly SideSummary[];
  /** True when every run was. */
  readonly isProven: boolean;
}

/** Starts everything, runs everything, and prints what was proven. */
export async function bench(options: BenchOptions, releases: Releases, signal: AbortSignal): Promise<BenchOutcome> {
  const chosen = chooseScenarios(options);
  requireFiles(Math.max(...chosen.map((scenario) => scenario.connections(options))));

  // Through the service's own settings, so that an empty or wrong DATABASE_URL means here what it means there.
  const config = readConfig();
  const workers = options.workers ?? config.workers;
  const database = await openDatabase({ serverUrl: config.databaseUrl, releases, signal });
  const generators = await startGenerators(releases);
  announce(workers, database.facts.version, chosen);
  const note = await backlogNote(Math.max(...chosen.map((scenario) => scenario.burst?.(options) ?? 0)));
  if (note !== null) process.stdout.write(`${note}\n`);

  const progress = createProgress(process.stdout);
  releases.add(async () => progress.stop());
  const fleet = new Fleet({ database, workers, releases });
  const plan = { scenarios: chosen, runs: options.runs, settings: options, fleet, generators, releases };
  const measured = await runAll(plan, progress);
  const summaries = summarize(measured.runs);
  const path = await writeResult({
    options: { ...options, workers },
    postgres: database.facts,
    note,
    scenarios: chosen.map((scenario) => factsOf(scenario, options)),
    ...measured,
    summaries,
  });
  print(chosen, measured, summaries, [path, await writeReport(path)]);
  return { summaries, isProven: isAllProven(measured.runs) };
}

async function startGenerators(releases: Releases): Promise<Generators> {
  const [load, stream] = await Promise.all([
    startHelper<LoadOrder, LoadResult>('./load-process.ts', releases),
    startHelper<StreamPlan, StreamResult>('./stream/stream-process.ts', releases),
  ]);
  return { load, stream };
}

function chooseScenarios(options: BenchOptions): readonly Scenario[] {
  const isWanted = ({ name, isQuick }: Scenario) =>
    options.scenarios.length === 0 ? isQuick || !options.isQuick : options.scenarios.includes(name);
  const takesPart = (side: SideName) =>
    (options.isWithPeers || isOwn(side)) && (options.sides.length === 0 || options.sides.includes(side));
  const chosen = scenarios
    .filter(isWanted)
    .map((scenario) => ({ ...scenario, sides: scenario.sides.filter(takesPart) }))
    .filter(({ sides }) => sides.length > 0);
  if (chosen.length === 0) throw new Error('None of these scenarios runs on these sides: see --list.');
  return chosen;
}

function announce(workers: number, postgresVersion: string, chosen: readonly Scenario[]): void {
  const processes = workers === 1 ? '1 worker process' : `${workers} worker processes`;
  process.stdout.write(`The service with ${processes}, on PostgreSQL ${postgresVersion} with fsync on.\n`);
  for (const side of new Set(chosen.flatMap(({ sides }) => sides))) {
    const note = SIDE_NOTES[side];
    if (note !== undefined) process.stdout.write(`${side}: ${note}\n`);
  }
}

function print(
  chosen: readonly Scenario[],
  { runs }: Measured,
  summaries: readonly SideSummary[],
  [resultPath, reportPath]: readonly [string, string],
): void {
  for (const scenario of chosen) {
    const ofScenario = summaries.filter((summary) => summary.scenario === scenario.name);
    process.stdout.write(`\n${scenario.name}, medians (smallest-largest run):\n${renderTable(scenario, ofScenario)}`);
  }
  process.stdout.write(`\nEvery run is in ${resultPath}, the report in ${reportPath}\n${verdict(runs, summaries)}\n`);
}
