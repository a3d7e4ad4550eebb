import { chmod, chown, mkdir, readdir, rename, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { UsableBinaries } from './binaries.ts';
import { superuser } from './connection.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { makeOpenFolder, syncFolder } from './folders.ts';
import { assertOwnNameKnown, canWriteFolder, type OsUser } from './os-user.ts';
import { makePassword, writePasswordFile } from './password-file.ts';
import { runProgram } from './run-program.ts';
import { newSystemPlace } from './system-folder.ts';

export interface NewDataOptions {
  readonly dataDir: string;
  readonly binaries: UsableBinaries;
  readonly user: OsUser | null;
  /** Handed to initdb, so that the folder stays locked until that has ended too. */
  readonly lockFd: number;
  readonly signal?: AbortSignal | undefined;
}

const INITDB_TIMEOUT_MS = 120_000;
/** What may lie in a `dataDir` that is used for nothing else; a volume's root has a lost+found. */
const ownFiles = /^(launcher\.lock|postgres(\..+)?|lost\+found)$/;

/**
 * Creates the data so that `link` appears in one step, when all is complete. Killed at any point, it leaves at most
 * `unfinished`, from which everything else it made can be found and removed.
 */
export async function createData(options: NewDataOptions, link: string, unfinished: string): Promise<void> {
  if (options.user === null && process.platform !== 'win32') assertOwnNameKnown();
  await makeWorkFolder(unfinished, options.user);
  const password = makePassword();
  await writePasswordFile(options.dataDir, password);
  if (await isReachable(options, unfinished)) {
    await initialize(options, unfinished, link, password);
  } else {
    await createElsewhere(options, link, unfinished, password);
  }
  await syncFolder(options.dataDir);
}

/**
 * A `dataDir` made by `mktemp -d`, or mounted as a volume, is often closed to all but root. When it is ours alone, others
 * may enter it (not list it; what is inside has its own modes): the data must not leave a volume for that.
 */
async function isReachable(options: NewDataOptions, unfinished: string): Promise<boolean> {
  const { dataDir, user } = options;
  if (await canWriteFolder(unfinished, user)) return true;
  const { mode } = await stat(dataDir);
  const isOurs = (await readdir(dataDir)).every((name) => ownFiles.test(name));
  if (!isOurs || (mode & 0o001) !== 0) return false;
  await chmod(dataDir, (mode & 0o7777) | 0o011);
  if (await canWriteFolder(unfinished, user)) return true;
  await chmod(dataDir, mode & 0o7777);
  return false;
}

async function createElsewhere(
  options: NewDataOptions,
  link: string,
  unfinished: string,
  password: string,
): Promise<void> {
  const place = newSystemPlace();
  await rm(unfinished, { recursive: true });
  await symlink(place, unfinished);
  const work = join(place, 'postgres.new');
  await makeOpenFolder(dirname(place));
  await makeOpenFolder(place);
  await makeWorkFolder(work, options.user);
  if (!(await canWriteFolder(work, options.user))) throw unreachable(options, place);
  await initialize(options, work, join(place, 'postgres'), password);
  await syncFolder(place);
  await syncFolder(dirname(place));
  await symlink(join(place, 'postgres'), link);
  await unlink(unfinished);
}

/** For initdb's eyes only: it will hold the password for a moment. */
async function makeWorkFolder(path: string, user: OsUser | null): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  await chmod(path, 0o700);
  if (user !== null) await chown(path, user.uid, user.gid);
}

/** Runs initdb inside `work` and moves its result to `target`. */
async function initialize(options: NewDataOptions, work: string, target: string, password: string): Promise<void> {
  const passwordFile = join(work, 'password');
  const data = join(work, 'data');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (options.user !== null) await chown(passwordFile, options.user.uid, options.user.gid);
  const result = await runProgram(options.binaries.initdb, initdbArguments(data, passwordFile), {
    user: options.user,
    fd3: options.lockFd,
    timeoutMs: INITDB_TIMEOUT_MS,
    signal: options.signal,
  });
  options.signal?.throwIfAborted();
  if (result.code !== 0) {
    throw new EmbeddedPostgresError(
      'initdb_failed',
      `PostgreSQL could not create its data in ${options.dataDir} (is the disk full?). ` +
        `Set DATA_DIR to another folder, or set DATABASE_URL. initdb said:\n${result.output.slice(-2000)}`,
    );
  }
  await rename(data, target);
  await rm(work, { recursive: true });
}

function initdbArguments(data: string, passwordFile: string): string[] {
  return [
    `--pgdata=${data}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth-local=scram-sha-256',
    '--auth-host=scram-sha-256',
    '--encoding=UTF8',
    // Bytes compare the same on every system and version; a linguistic order can change under an index.
    '--no-locale',
    '--data-checksums',
  ];
}

function unreachable(options: NewDataOptions, place: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'data_dir_unusable',
    `PostgreSQL runs as ${options.user?.name}, who can write neither below ${options.dataDir} nor in ${place}. ` +
      'Set DATA_DIR to a folder that every user may enter, or set DATABASE_URL.',
  );
}
