import { mkdir, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { findPackage, type UsableBinaries, usableBinaries } from './binaries.ts';
import { connectionUrl } from './connection.ts';
import { dataLinkIn, openDataFolder } from './data-folder.ts';
import { EmbeddedPostgresError, systemCode } from './embedded-postgres-error.ts';
import { acquireFolderLock, type FolderLock } from './folder-lock.ts';
import { prepareLogFile } from './log-file.ts';
import { clusterNameOf } from './orphan-backends.ts';
import { chooseOsUser, type OsUser } from './os-user.ts';
import { readPasswordFile } from './password-file.ts';
import { type EmbeddedLog, PostmasterSupervisor } from './postmaster-supervisor.ts';
import { systemFolder } from './system-folder.ts';

export interface EmbeddedPostgres {
  /** postgres://… on loopback, with the password and the database of the service. Valid until `stop`. */
  readonly url: string;
  /** The absolute real path of the data. */
  readonly dataPath: string;
  /** Disconnects every client and stops PostgreSQL; resolves when its postmaster is gone. May be called again. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Relative to the working folder, or absolute; created when it does not exist. */
  readonly dataDir: string;
  readonly log: EmbeddedLog;
  /** Called once when PostgreSQL has died under us and cannot be brought back: end the process then. */
  readonly onFailure?: (error: EmbeddedPostgresError) => void;
  /** Gives up the start, above all the waiting for another launcher. Without effect after it. */
  readonly signal?: AbortSignal;
}

/**
 * Starts the PostgreSQL of `dataDir`, creating its data at the first start. While another launcher uses that folder,
 * it waits and takes over when that ends. PostgreSQL ends with this process, however that dies, and is restarted on the
 * same port when it dies alone. Throws EmbeddedPostgresError, or the reason of `signal`.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const packaged = await findPackage();
  const dataDir = await makeDataDir(options.dataDir);
  const locks: FolderLock[] = [];
  try {
    locks.push(await lockFolder(dataDir, options));
    const user = await chooseOsUser(dataLinkIn(dataDir));
    const binaries = await usableBinaries(packaged, user, user === null ? dataDir : systemFolder);
    return await startIn(dataDir, user, binaries, locks, options);
  } catch (error) {
    await releaseAll(locks);
    throw withAdvice(error, dataDir);
  }
}

/** A failed system call (a full disk, a read-only one) is told as what it means to who starts the service. */
function withAdvice(error: unknown, dataDir: string): unknown {
  if (error instanceof EmbeddedPostgresError || !/^E[A-Z0-9]+$/.test(systemCode(error) ?? '')) return error;
  return unusable(dataDir, error);
}

function unusable(dataDir: string, cause: unknown): EmbeddedPostgresError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EmbeddedPostgresError(
    'data_dir_unusable',
    `The data folder ${dataDir} cannot be used: ${reason}. Set DATA_DIR to another folder, or set DATABASE_URL.`,
    cause,
  );
}

async function startIn(
  dataDir: string,
  user: OsUser | null,
  binaries: UsableBinaries,
  locks: FolderLock[],
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const { log, signal = new AbortController().signal } = options;
  const dataPath = await openDataFolder({ dataDir, binaries, user, lockFd: lastOf(locks).fd, signal });
  // Two copies of one checkout have their own `dataDir` but link to the same data, which needs a lock of its own.
  if (dirname(dataPath) !== dataDir) locks.push(await lockFolder(dirname(dataPath), options));
  const password = await readPasswordFile(dataDir);
  const logPath = await prepareLogFile(dataDir);
  const supervisor = new PostmasterSupervisor({
    binaries,
    user,
    dataPath,
    clusterName: clusterNameOf(password),
    logPath,
    lockFd: lastOf(locks).fd,
    password,
    log,
    onFailure(error) {
      void releaseAll(locks);
      options.onFailure?.(error);
    },
  });
  const port = await supervisor.start(signal);
  return {
    url: connectionUrl(port, password),
    dataPath,
    async stop() {
      await supervisor.stop();
      await releaseAll(locks);
    },
  };
}

async function makeDataDir(dataDir: string): Promise<string> {
  const path = resolve(dataDir);
  try {
    // Entered, but not listed, by the OS user that root runs PostgreSQL as; what is inside has its own modes.
    await mkdir(path, { recursive: true, mode: 0o711 });
    return await realpath(path);
  } catch (cause) {
    throw unusable(path, cause);
  }
}

function lockFolder(folder: string, { log, signal }: EmbeddedPostgresOptions): Promise<FolderLock> {
  let isTold = false;
  const onHeld = (holderPid: number | null) => {
    if (isTold) return;
    isTold = true;
    log.warn(
      { holderPid, dataDir: folder },
      'another launcher uses this data folder, or its PostgreSQL is still stopping; standing by to take over',
    );
  };
  return acquireFolderLock(`${folder}/launcher.lock`, onHeld, signal);
}

function lastOf(locks: readonly FolderLock[]): FolderLock {
  const lock = locks.at(-1);
  if (lock === undefined) throw new Error('the folder is used without its lock');
  return lock;
}

async function releaseAll(locks: FolderLock[]): Promise<void> {
  for (const lock of locks.splice(0).reverse()) await lock.release();
}
