import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { EmbeddedPostgresError, systemCode } from './embedded-postgres-error.ts';
import { pause } from './pause.ts';
import { runProgram } from './run-program.ts';

/**
 * A lock on a folder, kept by the kernel and not by a file's content: it cannot go stale, whatever dies, and holds
 * between containers that share the folder but not their process ids. It is free again when every process that has
 * `fd` is gone: ours, and those it was handed to.
 */
export interface FolderLock {
  readonly fd: number;
  release(): Promise<void>;
}

const POLL_MS = 250;

// libuv passes these to open(2) and to CreateFile; Linux has no such flag.
const darwinExclusiveLock = 0x20;
const windowsExclusiveLock = 0x1000_0000;

/**
 * Takes the lock at `path`, polling while another process holds it. `onHeld` is told at each poll the process id its
 * holder left there, or null when unknown. Rejects with the reason of `signal` when that aborts.
 */
export async function acquireFolderLock(
  path: string,
  onHeld: (holderPid: number | null) => void,
  signal?: AbortSignal,
): Promise<FolderLock> {
  for (;;) {
    signal?.throwIfAborted();
    const lock = await tryLock(path);
    if (lock !== null) return lock;
    onHeld(await readHolder(path));
    await pause(POLL_MS, signal);
  }
}

async function tryLock(path: string): Promise<FolderLock | null> {
  const file = await openLocked(path);
  if (file === null) return null;
  await file.truncate();
  await file.write(`${process.pid}\n`, 0);
  return { fd: file.fd, release: () => file.close() };
}

async function openLocked(path: string): Promise<FileHandle | null> {
  const flags = constants.O_RDWR | constants.O_CREAT;
  if (process.platform === 'linux') return lockByProgram(path, await openLockFile(path, flags));
  try {
    const nonBlocking = constants.O_NONBLOCK ?? 0;
    return await open(
      path,
      flags | nonBlocking | (process.platform === 'win32' ? windowsExclusiveLock : darwinExclusiveLock),
      0o600,
    );
  } catch (error) {
    if (['EAGAIN', 'EWOULDBLOCK', 'EBUSY'].includes(systemCode(error) ?? '')) return null;
    throw notLockable(path, error);
  }
}

function openLockFile(path: string, flags: number): Promise<FileHandle> {
  return open(path, flags, 0o600).catch((error: unknown) => {
    throw notLockable(path, error);
  });
}

// flock(2) belongs to the open file, which the program shares with us: the lock outlives the program and ends with us.
async function lockByProgram(path: string, file: FileHandle): Promise<FileHandle | null> {
  const { code, output } = await runProgram('flock', ['-n', '3'], { fd3: file.fd, timeoutMs: 10_000 });
  if (code === 0) return file;
  await file.close();
  if (code === 1) return null;
  throw notLockable(path, new Error(output));
}

function notLockable(path: string, cause: unknown): EmbeddedPostgresError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EmbeddedPostgresError(
    'lock_failed',
    `The file ${path} cannot be locked (${reason}). Start as the user that owns it, set DATA_DIR to another folder ` +
      '(on Linux the program "flock" of util-linux is needed), or set DATABASE_URL.',
    cause,
  );
}

async function readHolder(path: string): Promise<number | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return /^\d+\n$/.test(text) ? Number(text) : null;
}
