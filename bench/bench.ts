import { readConfig } from '../src/config.ts';
import { openDatabase } from './database.ts';
import { startLoadGenerator } from './load.ts';
import type { BenchOptions } from './options.ts';
import { createProgress } from './progress.ts';
import type { Releases } from './releases.ts';
import { writeResult } from './result-file.ts';
import { type Run, runAll } from './run.ts';
import { scenarios } from './scenarios/scenarios.ts';
import { type Side, type SideOptions, startGuardedUpdate, startNoop, startService } from './sides.ts';
import { isAllProven, type SideSummary, summarize, verdict } from './summary.ts';
import { backlogNote, requireFiles } from './system-limits.ts';
import { renderTable } from './table.ts';

/** Starts everything, runs everything, and prints what was proven. True when all of it was. */
export async function bench(options: BenchOptions, releases: Releases, signal: AbortSignal): Promise<boolean> {
  const chosen = scenarios.filter(({ name }) => options.scenarios.length === 0 || options.scenarios.includes(name));
  const connectionsMax = Math.max(...chosen.map((scenario) => scenario.connections(options.withdrawals)));
  requireFiles(connectionsMax);

  // Through the service's own settings, so that an empty or wrong DATABASE_URL means here what it means there.
  const config = readConfig();
  const workers = options.workers ?? config.workers;
  const database = await openDatabase({ serverUrl: config.databaseUrl, releases, signal });
  const [sides, load] = await Promise.all([
    startSides({ database, workers, releases }, options.isWithPeers),
    startLoadGenerator(releases),
  ]);
  announce(workers, database.facts.version, options.isWithPeers);
  const note = await backlogNote(connectionsMax);
  if (note !== null) process.stdout.write(`${note}\n`);

  const progress = createProgress(process.stdout);
  releases.add(async () => progress.stop());
  const runs = await runAll({ ...options, scenarios: chosen, sides }, load, progress);
  const summaries = summarize(runs);
  const path = await writeResult({ options: { ...options, workers }, postgres: database.facts, note, runs, summaries });
  print(runs, summaries, path);
  return isAllProven(runs);
}

function startSides(options: SideOptions, isWithPeers: boolean): Promise<readonly Side[]> {
  const peers = isWithPeers
    ? [
        startGuardedUpdate('express-sequelize', options),
        startGuardedUpdate('express-pg', options),
        startNoop('express-noop', options),
        startNoop('node-http-noop', options),
      ]
    : [];
  return Promise.all([startService(options), ...peers]);
}

function announce(workers: number, postgresVersion: string, isWithPeers: boolean): void {
  const processes = workers === 1 ? '1 worker process' : `${workers} worker processes`;
  process.stdout.write(`The service with ${processes}, on PostgreSQL ${postgresVersion} with fsync on.\n`);
  if (!isWithPeers) return;
  process.stdout.write(
    'usual design: Express, Sequelize with a pool of 10, one guarded UPDATE per request, no ledger; one process.\n' +
      'express-pg: the same with the bare driver instead of an ORM.\n' +
      'express-noop, node-http-noop: no database, a constant answer; as many processes as the service has workers.\n',
  );
}

function print(runs: readonly Run[], summaries: readonly SideSummary[], path: string): void {
  for (const scenario of new Set(summaries.map((summary) => summary.scenario))) {
    const ofScenario = summaries.filter((summary) => summary.scenario === scenario);
    process.stdout.write(`\n${scenario}, medians (smallest-largest run):\n${renderTable(ofScenario)}`);
  }
  process.stdout.write(`\nEvery run is in ${path}\n${verdict(runs, summaries)}\n`);
}
