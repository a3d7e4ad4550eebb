import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { runProgram } from './run-program.ts';

/** What a postmaster writes about itself (src/include/utils/pidfile.h). */
export interface PostmasterState {
  readonly pid: number;
  /** 0 while it is not yet written. */
  readonly port: number;
  /** `starting`, `stopping`, `ready`, `standby`, or empty while it is not yet written. */
  readonly status: string;
}

const POLL_MS = 25;
const FAST_SHUTDOWN_MS = 30_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;

const pathIn = (dataPath: string) => join(dataPath, 'postmaster.pid');

export async function readPostmaster(dataPath: string): Promise<PostmasterState | null> {
  const lines = (await readFile(pathIn(dataPath), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 0 ? { pid, port: Number(lines[3] ?? 0), status: lines[7]?.trim() ?? '' } : null;
}

/**
 * Leaves no postmaster in this folder, and no file of one. The caller holds the folder's lock, so nobody starts one
 * meanwhile: a living one has lost its launcher and its guardian. A file alone would block the start when its process
 * id has since gone to another program of the same user, as it does after the restart of a container.
 */
export async function removePostmaster(dataPath: string, onOrphan: (pid: number) => void): Promise<void> {
  const found = await readPostmaster(dataPath);
  if (found !== null && (await isPostmaster(found.pid, dataPath))) {
    onOrphan(found.pid);
    await stopPostmaster(found.pid, dataPath);
  }
  await rm(pathIn(dataPath), { force: true });
}

/** Disconnects the clients and ends the postmaster; without a final checkpoint when that takes too long. */
async function stopPostmaster(pid: number, dataPath: string): Promise<void> {
  const steps = [
    ['SIGINT', FAST_SHUTDOWN_MS],
    ['SIGQUIT', IMMEDIATE_SHUTDOWN_MS],
  ] as const;
  for (const [signal, timeoutMs] of steps) {
    sendSignal(pid, signal);
    const endsAtMs = performance.now() + timeoutMs;
    while (performance.now() < endsAtMs) {
      if (!(await isPostmaster(pid, dataPath))) return;
      await sleep(POLL_MS);
    }
  }
  throw new EmbeddedPostgresError(
    'stop_failed',
    `The PostgreSQL with process id ${pid}, which uses ${dataPath}, does not stop. End it and start again.`,
  );
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already, which the caller checks.
  }
}

/** True when this process lives and is the postmaster of this folder: not a zombie, not a reused process id. */
export async function isPostmaster(pid: number, dataPath: string): Promise<boolean> {
  if (process.platform === 'win32') return isAlive(pid);
  if (process.platform === 'linux') {
    // The environment and the working folder would be hidden from a root without CAP_SYS_PTRACE; this is not.
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const words = commandLine.split('\0');
    return basename(words[0] ?? '') === 'postgres' && words.includes(dataPath);
  }
  const { output } = await runProgram('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { timeoutMs: 10_000 });
  return output.includes(`postgres -D ${dataPath} `);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
