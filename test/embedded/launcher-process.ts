import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';

const fixture = fileURLToPath(new URL('fixtures/launcher.ts', import.meta.url));

export interface Started {
  readonly url: string;
  readonly dataPath: string;
  readonly childPid?: number;
}

/** The launcher fixture in a process and a process group of its own. */
export interface LauncherProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Its log so far, JSON lines. */
  log(): string;
  /** Resolves when its PostgreSQL is ready; rejects with its log when it ends before that. */
  readonly started: Promise<Started>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

export function spawnLauncher(args: readonly string[], options: SpawnOptions = {}): LauncherProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', fixture, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...options,
  });
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const started = new Promise<Started>((resolve, reject) => {
    if (child.stdout !== null) createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line)));
    child.once('close', (code) => reject(new Error(`the launcher ended with ${code}:\n${log}`)));
  });
  // Not every test waits for it.
  started.catch(() => {});
  return {
    child,
    pid: child.pid ?? 0,
    log: () => log,
    started,
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await once(child, 'exit');
    },
  };
}

/** Polls until `condition` holds; throws after `timeoutMs`. Returns how long it took. */
export async function waitUntil(
  what: string,
  timeoutMs: number,
  condition: () => boolean | Promise<boolean>,
): Promise<number> {
  const startedMs = performance.now();
  while (!(await condition())) {
    if (performance.now() - startedMs > timeoutMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await sleep(20);
  }
  return performance.now() - startedMs;
}

/** The process ids of the postmaster and the guardian of this data: all that have its path in their command line. */
export function processesOf(dataPath: string): number[] {
  const listed = execFileSync('ps', ['-axww', '-o', 'pid=,stat=,args='], { encoding: 'utf8' });
  return listed
    .split('\n')
    .filter((line) => line.includes(` -D ${dataPath} `))
    .map((line) => Number.parseInt(line, 10));
}

export async function postmasterPid(dataPath: string): Promise<number> {
  return Number((await readFile(join(dataPath, 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

/** The guardian of the running postmaster: its parent. */
export async function guardianPid(dataPath: string): Promise<number> {
  const pid = String(await postmasterPid(dataPath));
  return Number(execFileSync('ps', ['-o', 'ppid=', '-p', pid], { encoding: 'utf8' }));
}

/** Runs one statement on a connection of its own. */
export async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(text)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

export function answers(url: string): Promise<boolean> {
  return query(url, 'SELECT 1').then(
    () => true,
    () => false,
  );
}
