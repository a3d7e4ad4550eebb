import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServerFacts } from './database.ts';
import type { BenchOptions } from './options.ts';
import type { Absence, Run } from './run.ts';
import type { LoadSettings, Scenario } from './scenarios/scenario.ts';
import { proofOf } from './sides/proofs.ts';
import { SIDE_NOTES, type SideName } from './sides/side.ts';
import type { SideSummary } from './summary.ts';

/** Where results are kept. */
export const resultsFolder = fileURLToPath(new URL('./results', import.meta.url));

/** Another form of file gets another name, so that no report is made of what it does not understand. */
const FORM = 'highload-user-balance bench 2';

export interface BenchResult {
  readonly options: BenchOptions;
  readonly postgres: ServerFacts;
  /** What about the machine may distort the figures. */
  readonly note: string | null;
  /** Those that ran, in order, in words. */
  readonly scenarios: readonly ScenarioFacts[];
  readonly absences: readonly Absence[];
  readonly runs: readonly Run[];
  readonly summaries: readonly SideSummary[];
}

export type ScenarioFacts = Pick<Scenario, 'name' | 'axis' | 'columns' | 'baselines' | 'sides'> & {
  readonly description: string;
};

interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryBytes: number;
  readonly platform: string;
  readonly node: string;
}

export interface SideFacts {
  readonly name: string;
  readonly note: string | null;
  /** What was held against it before a figure was told. */
  readonly proof: string;
}

/** As it is in the file. JSON has no NaN: a figure that could not be told is null there. */
export interface StoredResult extends BenchResult {
  readonly form: typeof FORM;
  /** In ISO 8601, UTC. */
  readonly measuredAt: string;
  readonly machine: Machine;
  readonly sides: readonly SideFacts[];
}

export function factsOf(scenario: Scenario, settings: LoadSettings): ScenarioFacts {
  const { name, axis, columns, baselines, sides } = scenario;
  return { name, description: scenario.describe(settings), axis, columns, baselines, sides };
}

/** Writes bench/results/<time>.json, with the machine it was measured on. Returns its path, from the working folder. */
export async function writeResult(result: BenchResult): Promise<string> {
  const measuredAt = new Date().toISOString();
  const path = join(resultsFolder, `${measuredAt.replaceAll(':', '-')}.json`);
  const stored: StoredResult = { form: FORM, measuredAt, machine: machine(), sides: sidesOf(result), ...result };
  await mkdir(resultsFolder, { recursive: true });
  await writeFile(path, `${JSON.stringify(stored, null, 2)}\n`);
  return relative(process.cwd(), path);
}

/** Throws when the file is not a result of this bench. */
export async function readResult(path: string): Promise<StoredResult> {
  const stored = JSON.parse(await readFile(path, 'utf8')) as Partial<StoredResult> | null;
  if (stored?.form !== FORM) throw new TypeError(`${path} is not a result of this bench`);
  return stored as StoredResult;
}

function sidesOf({ scenarios }: BenchResult): readonly SideFacts[] {
  const names = new Set<SideName>(scenarios.flatMap(({ sides }) => sides));
  return [...names].map((name) => ({ name, note: SIDE_NOTES[name] ?? null, proof: proofOf(name) }));
}

function machine(): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch} ${release()}`,
    node: process.version,
  };
}
