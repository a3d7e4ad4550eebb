import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from './run-program.ts';

const POLL_MS = 25;
const GONE_MAX_MS = 10_000;

/**
 * A `cluster_name` that no other data has: PostgreSQL shows it in the title of each of its processes. A name made from
 * the path would not do, since a container and its host may use the same path and see each other's processes.
 */
export function clusterNameOf(password: string): string {
  return `highload-user-balance-${createHash('sha256').update(password).digest('hex').slice(0, 16)}`;
}

/**
 * Ends the processes that a killed postmaster left behind. Most notice its death at once, but one that computes a long
 * query does not until that is done, and keeps the shared memory that the next postmaster refuses to start beside.
 * Nothing is lost by SIGKILL: that shared memory is thrown away, and only what reached the log counts.
 */
export async function endOrphanBackends(clusterName: string, dataPath: string): Promise<void> {
  if (process.platform === 'win32') return;
  const endsAtMs = performance.now() + GONE_MAX_MS;
  while (performance.now() < endsAtMs) {
    const pids = await backendsOf(clusterName, (await stat(dataPath)).uid);
    if (pids.length === 0) return;
    for (const pid of pids) kill(pid);
    await sleep(POLL_MS);
  }
}

async function backendsOf(clusterName: string, uid: number): Promise<number[]> {
  const title = `postgres: ${clusterName}: `;
  const listed = process.platform === 'linux' ? await listLinux(title) : await listByPs(title);
  return listed.filter((found) => found.uid === uid).map((found) => found.pid);
}

interface Found {
  readonly pid: number;
  readonly uid: number;
}

async function listLinux(title: string): Promise<Found[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (!commandLine.startsWith(title)) return [];
      return stat(`/proc/${pid}`).then(
        ({ uid }) => [{ pid: Number(pid), uid }],
        () => [],
      );
    }),
  );
  return found.flat();
}

async function listByPs(title: string): Promise<Found[]> {
  const { output } = await runProgram('ps', ['-axww', '-o', 'pid=,uid=,args='], { timeoutMs: 10_000 });
  return output.split('\n').flatMap((line) => {
    const [, pid, uid, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return args?.startsWith(title) ? [{ pid: Number(pid), uid: Number(uid) }] : [];
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already, which the next look confirms.
  }
}
