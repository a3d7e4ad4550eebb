import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Beside the connections: what Node, the database and the logs keep open. */
const SPARE_FILES = 300;

/**
 * Throws when a process may not open that many connections. Node raises its soft limit to the hard one at its start, and
 * the processes it starts inherit that, so this asks for the hard one. Windows has no such limit.
 */
export function requireFiles(connections: number): void {
  const limit = openFilesMax();
  if (limit === null || limit >= connections + SPARE_FILES) return;
  throw new Error(
    `${connections} connections at once need ${connections + SPARE_FILES} open files, and a process may have ${limit}.\n` +
      `Raise the limit first: ulimit -Hn ${connections + SPARE_FILES} (in a container: --ulimit nofile=65536), ` +
      'or ask for fewer.',
  );
}

/** Throws when there is no such command; `hint` says where it comes from. */
export function requireCommand(name: string, hint: string): void {
  if (spawnSync(name, ['--version']).error !== undefined) throw new Error(`This needs the command ${name}. ${hint}`);
}

/**
 * Why a burst may be slow on any side: beyond net.core.somaxconn connections that wait to be accepted, Linux drops new
 * ones, their next try comes after 1 s, 3 s and 7 s, and a server that stays behind for seconds has some of them reset.
 * Null when the queue is long enough, or its length unknown.
 */
export async function backlogNote(connections: number): Promise<string | null> {
  const text = await readFile('/proc/sys/net/core/somaxconn', 'utf8').catch(() => '');
  const queueMax = Number(text);
  if (text === '' || queueMax >= connections) return null;
  return (
    `This kernel lets ${queueMax} connections wait to be accepted, ${connections} will come at once: the rest try again ` +
    `after a second or more, on every side. For the servers' own figures: sysctl net.core.somaxconn=${connections}`
  );
}

interface Report {
  readonly userLimits?: { readonly open_files?: { readonly soft: number | 'unlimited' } };
}

/** Null when it is unlimited or unknown. */
function openFilesMax(): number | null {
  const report = process.report.getReport() as Report;
  const soft = report.userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : null;
}
