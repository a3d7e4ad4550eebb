import { readConfig } from '../../src/config.ts';
import { type BenchDatabase, openDatabase } from '../database.ts';
import { createProgress } from '../progress.ts';
import { Releases } from '../releases.ts';
import { type Run, takeTurns } from '../run.ts';
import type { RunResult, Turn } from '../scenarios/scenario.ts';
import { isAllProven, proofLine, summarize } from '../summary.ts';
import { renderTable } from '../table.ts';

/** One way of doing a thing. Its figures hold a rate (see rate.ts), by which variants are compared. */
export interface Variant {
  readonly name: string;
  /** Proves its result, or says what disagreed. */
  run(turn: Turn): Promise<RunResult>;
}

/** Several ways of doing the same thing. */
export interface Experiment {
  readonly name: string;
  readonly description: string;
  /** Names of figures, with their headings. */
  readonly columns: Readonly<Record<string, string>>;
  /** In the order they take turns; the others' rates are divided by that of the first. */
  readonly variants: readonly Variant[];
  /** The end of the variants' logs, where something disagreed. */
  tail?(): string;
}

export interface ExperimentStage {
  readonly releases: Releases;
  /** An empty migrated database on DATABASE_URL's server, or on one of this run's own that starts with the first database. */
  createDatabase(): Promise<BenchDatabase>;
}

const RUNS = 5;
const INTERRUPTED = 130;

/** Prepares experiments, runs one after the other, prints their tables, and ends the process: with 1 when one disagreed. */
export async function runExperiments(
  prepare: (stage: ExperimentStage) => Promise<readonly Experiment[]>,
): Promise<never> {
  const releases = new Releases();
  const aborting = new AbortController();
  const end = async (exitCode: number): Promise<never> => {
    aborting.abort();
    await releases.run();
    process.exit(exitCode);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(INTERRUPTED));
  try {
    const experiments = await prepare({ releases, createDatabase: databasesOf(releases, aborting.signal) });
    return await end((await runAll(experiments, releases)) ? 0 : 1);
  } catch (error) {
    // Once interrupted, whatever fails fails because it is being stopped.
    if (aborting.signal.aborted) return new Promise(() => undefined);
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return end(1);
  }
}

function databasesOf(releases: Releases, signal: AbortSignal): ExperimentStage['createDatabase'] {
  let first: Promise<BenchDatabase> | null = null;
  return async () => {
    if (first !== null) return (await first).sibling(releases);
    first = openDatabase({ serverUrl: readConfig().databaseUrl, releases, signal });
    return first;
  };
}

async function runAll(experiments: readonly Experiment[], releases: Releases): Promise<boolean> {
  const progress = createProgress(process.stdout);
  releases.add(async () => progress.stop());
  const done: Run[] = [];
  const tables: string[] = [];
  for (const { name, description, columns, variants, tail = () => '' } of experiments) {
    progress.scenario(name, description);
    const entrants = variants.map((variant) => ({ side: variant.name, contestant: { run: variant.run, tail } }));
    const runs = await takeTurns(name, entrants, RUNS, progress);
    done.push(...runs);
    const baselines = variants.slice(0, 1).map((variant) => variant.name);
    tables.push(`\n${name}: ${description}\n${renderTable({ axis: null, columns, baselines }, summarize(runs))}`);
  }
  process.stdout.write(`\nMedians of ${RUNS} runs (smallest-largest).\n${tables.join('')}\n${proofLine(done)}\n`);
  return isAllProven(done);
}
