import { type ChildProcess, spawn } from 'node:child_process';
import { type FileHandle, open } from 'node:fs/promises';
import type { UsableBinaries } from './binaries.ts';
import { host } from './connection.ts';
import { guardianScript } from './guardian-script.ts';
import type { OsUser } from './os-user.ts';
import { postgresSpawnOptions, runProgram } from './run-program.ts';

export interface PostmasterOptions {
  readonly binaries: UsableBinaries;
  readonly user: OsUser | null;
  readonly dataPath: string;
  /** Tells its processes from those of other data, see orphan-backends. */
  readonly clusterName: string;
  /** PostgreSQL's own log is appended here. */
  readonly logPath: string;
  /** The lock of the data's folder, which the guardian holds together with us. */
  readonly lockFd: number;
}

/** A postmaster with its guardian. */
export interface Postmaster {
  /** Resolves when the guardian (on Windows: the postmaster) has ended, with what it ended by. Never rejects. */
  readonly ended: Promise<string>;
  /** Asks for a fast shutdown; `ended` tells when it is done. */
  askToStop(): void;
}

// On the command line, so that a new version of the service brings new settings to old data, and so that no file edit
// and no ALTER SYSTEM can make an acknowledged change less than durable.
function settings(port: number, clusterName: string): string[] {
  const values: Record<string, string | number> = {
    port,
    listen_addresses: host,
    unix_socket_directories: '',
    max_connections: 100,
    shared_buffers: '128MB',
    max_wal_size: '2GB',
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    // No query here profits from several processes, and their shared memory is what overruns the 64 MB /dev/shm of a
    // container. With this, what initdb found to work (posix, else sysv, else mmap) serves for the little that is left.
    max_parallel_workers_per_gather: 0,
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_destination: 'stderr',
    logging_collector: 'off',
    cluster_name: clusterName,
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Starts a postmaster; it is not ready yet. */
export async function spawnPostmaster(options: PostmasterOptions, port: number): Promise<Postmaster> {
  const log = await open(options.logPath, 'a', 0o600);
  try {
    const command = [options.binaries.postgres, '-D', options.dataPath, ...settings(port, options.clusterName)];
    return process.platform === 'win32' ? spawnBare(options, command, log) : spawnGuarded(options, command, log);
  } finally {
    await log.close();
  }
}

function spawnGuarded(options: PostmasterOptions, command: readonly string[], log: FileHandle): Postmaster {
  const child = spawn('/bin/sh', ['-c', guardianScript, 'postgres-guardian', ...command], {
    ...postgresSpawnOptions(options.user),
    // A session of its own: Ctrl-C, and a kill of our process group, must not reach PostgreSQL. Workers drain first.
    detached: true,
    stdio: ['pipe', log.fd, log.fd, options.lockFd],
  });
  child.stdin?.on('error', () => {});
  return { ended: whenEnded(child), askToStop: () => child.stdin?.end() };
}

// Windows has no sh: here nothing stops PostgreSQL when the launcher is killed; the next start does.
function spawnBare(options: PostmasterOptions, command: readonly string[], log: FileHandle): Postmaster {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { detached: true, windowsHide: true, stdio: ['ignore', log.fd, log.fd] });
  const stop = ['stop', '-D', options.dataPath, '-m', 'fast'];
  return {
    ended: whenEnded(child),
    askToStop: () => void runProgram(options.binaries.pgCtl, stop, { timeoutMs: 60_000 }),
  };
}

function whenEnded(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}
