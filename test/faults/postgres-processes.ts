import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { UsableBinaries } from '../../src/embedded/binaries.ts';
import type { OsUser } from '../../src/embedded/os-user.ts';
import { postgresSpawnOptions, runProgram } from '../../src/embedded/run-program.ts';

export const SUPERUSER = 'operator';
export const HOST = '127.0.0.1';

/** Where a PostgreSQL is, and who runs it. */
export interface Installation {
  /** With its data and its log. */
  readonly folder: string;
  readonly dataFolder: string;
  readonly binaries: UsableBinaries;
  /** Null: ourselves. */
  readonly user: OsUser | null;
  readonly port: number;
}

const SETTINGS: Readonly<Record<string, string | number>> = {
  listen_addresses: HOST,
  unix_socket_directories: '',
  max_connections: 60,
  superuser_reserved_connections: 5,
  shared_buffers: '64MB',
  fsync: 'on',
  full_page_writes: 'on',
  wal_level: 'replica',
  max_wal_senders: 2,
  log_destination: 'stderr',
};

/** Creates the data, open to everybody on this machine who finds the port. */
export async function initializeData({ dataFolder, binaries, user }: Installation): Promise<void> {
  await mkdir(dataFolder, { mode: 0o700 });
  if (user !== null) await chown(dataFolder, user.uid, user.gid);
  const args = ['--pgdata', dataFolder, '--username', SUPERUSER, '--auth=trust', '--encoding=UTF8', '--no-locale'];
  const result = await runProgram(binaries.initdb, args, { user, timeoutMs: 120_000 });
  if (result.code !== 0) throw new Error(`initdb failed: ${result.output}`);
}

/** Starts a postmaster; it does not take connections yet. */
export async function spawnPostgres({ folder, dataFolder, binaries, user, port }: Installation): Promise<ChildProcess> {
  const settings = Object.entries({ ...SETTINGS, port }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = await open(join(folder, 'log'), 'a', 0o644);
  try {
    const child = spawn(binaries.postgres, ['-D', dataFolder, ...settings], {
      ...postgresSpawnOptions(user),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    child.on('error', () => undefined);
    return child;
  } finally {
    await log.close();
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}
