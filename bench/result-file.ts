import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServerFacts } from './database.ts';
import type { Absence, Run } from './run.ts';
import type { LoadSettings, Scenario } from './scenarios/scenario.ts';
import type { SideSummary } from './summary.ts';

const folder = fileURLToPath(new URL('./results', import.meta.url));

export interface BenchResult {
  readonly options: Readonly<Record<string, unknown>>;
  readonly postgres: ServerFacts;
  /** What about the machine may distort the figures. */
  readonly note: string | null;
  /** Those that ran, in order, in words. */
  readonly scenarios: readonly ScenarioFacts[];
  readonly absences: readonly Absence[];
  readonly runs: readonly Run[];
  readonly summaries: readonly SideSummary[];
}

type ScenarioFacts = Pick<Scenario, 'name' | 'axis' | 'columns' | 'baselines' | 'sides'> & {
  readonly description: string;
};

export function factsOf(scenario: Scenario, settings: LoadSettings): ScenarioFacts {
  const { name, axis, columns, baselines, sides } = scenario;
  return { name, description: scenario.describe(settings), axis, columns, baselines, sides };
}

/** Writes bench/results/<time>.json, with the machine it was measured on. Returns its path, from the working folder. */
export async function writeResult(result: BenchResult): Promise<string> {
  const measuredAt = new Date().toISOString();
  const path = join(folder, `${measuredAt.replaceAll(':', '-')}.json`);
  await mkdir(folder, { recursive: true });
  await writeFile(path, `${JSON.stringify({ measuredAt, machine: machine(), ...result }, null, 2)}\n`);
  return relative(process.cwd(), path);
}

function machine() {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch} ${release()}`,
    node: process.version,
  };
}
