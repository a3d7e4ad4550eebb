import { execFile, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { binariesAt, findPackage } from '../../src/embedded/binaries.ts';
import { WITHDRAWAL } from '../answers.ts';
import type { Users } from '../stream/plan.ts';
import { type PgbenchReport, parseReport } from './report.ts';

const VERSION_WITHIN_MS = 10_000;
const SPARE_MS = 30_000;
const OUTPUT_CHARS_MAX = 20_000;

export interface PgbenchRun {
  readonly databaseUrl: string;
  readonly table: string;
  readonly users: Users;
  readonly clients: number;
  /** Rounded up to whole seconds. */
  readonly durationMs: number;
}

/** The program beside the embedded PostgreSQL, or on the PATH; null when there is none. */
export async function findPgbench(): Promise<string | null> {
  // Without the package there may still be one on the PATH.
  const packaged = await findPackage().catch(() => null);
  const beside = packaged === null ? [] : [join(dirname(binariesAt(packaged.root).postgres), 'pgbench')];
  for (const program of [...beside, 'pgbench']) {
    if (await isThere(program)) return program;
  }
  return null;
}

const isThere = (program: string) =>
  promisify(execFile)(program, ['--version'], { timeout: VERSION_WITHIN_MS }).then(
    () => true,
    () => false,
  );

/** Runs a guarded UPDATE per transaction; each client waits for its commit before its next. */
export async function runPgbench(program: string, run: PgbenchRun): Promise<PgbenchReport> {
  const url = new URL(run.databaseUrl);
  const password = decodeURIComponent(url.password);
  // What is on a command line, everybody on the machine can read.
  url.password = '';
  const seconds = Math.ceil(run.durationMs / 1000);
  const threads = Math.min(run.clients, 2);
  const args = [
    ...['-n', '-M', 'prepared', '-f', '-', '-c', `${run.clients}`, '-j', `${threads}`, '-T', `${seconds}`],
    url.href,
  ];
  const env = { ...process.env, ...(password === '' ? {} : { PGPASSWORD: password }), LC_ALL: 'C' };
  const output = await outputOf(program, args, { env, input: scriptOf(run), withinMs: seconds * 1000 + SPARE_MS });
  return parseReport(output);
}

function scriptOf({ table, users: { firstId, count } }: PgbenchRun): string {
  return (
    `\\set id random(${firstId}, ${firstId + count - 1})\n` +
    `update ${table} set balance = balance - ${WITHDRAWAL} where id = :id and balance >= ${WITHDRAWAL};\n`
  );
}

interface Feed {
  readonly env: NodeJS.ProcessEnv;
  readonly input: string;
  readonly withinMs: number;
}

/** Standard output of a program that must end with 0. */
function outputOf(program: string, args: readonly string[], { env, input, withinMs }: Feed): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'], timeout: withinMs });
    let output = '';
    let complaint = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-OUTPUT_CHARS_MAX);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-OUTPUT_CHARS_MAX);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`pgbench ended with ${code}: ${complaint}`));
    });
    // When it ends before it has read its script, its exit code tells more than the broken pipe.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
