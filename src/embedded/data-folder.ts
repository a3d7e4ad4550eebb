import { lstat, readFile, readlink, realpath, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createData, type NewDataOptions } from './data-creation.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import type { OsUser } from './os-user.ts';
import { isSystemPlace } from './system-folder.ts';

/** Where the data is found: a folder, or a link to one when PostgreSQL's OS user cannot enter `dataDir`. */
export const dataLinkIn = (dataDir: string) => join(dataDir, 'postgres');
/** What is being created, or a link to where that happens; it becomes `postgres` when it is complete. */
const unfinishedIn = (dataDir: string) => join(dataDir, 'postgres.new');

/**
 * The absolute real path of the data below `dataDir`, created when there is none. The caller holds the folder's lock.
 */
export async function openDataFolder(options: NewDataOptions): Promise<string> {
  const { dataDir, binaries, user } = options;
  const link = dataLinkIn(dataDir);
  const isNew = (await lstat(link).catch(() => null)) === null;
  await removeUnfinished(dataDir, isNew);
  if (isNew) await createData(options, link, unfinishedIn(dataDir));
  const path = await resolveData(link);
  await checkOwner(path, user);
  await checkVersion(path, binaries.majorVersion);
  return path;
}

/** What a start that was killed left behind. A link whose data got its name already is only unlinked. */
async function removeUnfinished(dataDir: string, isNew: boolean): Promise<void> {
  const unfinished = unfinishedIn(dataDir);
  const target = await readlink(unfinished).catch(() => null);
  if (target === null) {
    await rm(unfinished, { recursive: true, force: true });
    return;
  }
  if (isNew && isSystemPlace(target)) await rm(target, { recursive: true, force: true });
  await unlink(unfinished);
}

async function resolveData(link: string): Promise<string> {
  try {
    return await realpath(link);
  } catch (cause) {
    const target = await readlink(link).catch(() => 'its target');
    throw new EmbeddedPostgresError(
      'data_missing',
      `The data that ${link} points to (${target}) is gone. Restore it; or, to start empty, remove that link.`,
      cause,
    );
  }
}

async function checkOwner(path: string, user: OsUser | null): Promise<void> {
  const uid = user?.uid ?? process.getuid?.();
  const { uid: owner } = await stat(path);
  if (uid === undefined || owner === uid) return;
  throw new EmbeddedPostgresError(
    'data_not_owned',
    `The data in ${path} belongs to user id ${owner}, but PostgreSQL would run as user id ${uid}. ` +
      'Start as its owner or as root, or set DATA_DIR to another folder.',
  );
}

async function checkVersion(path: string, majorVersion: string): Promise<void> {
  const version = await readFile(join(path, 'PG_VERSION'), 'utf8').catch((cause: unknown) => {
    throw new EmbeddedPostgresError(
      'data_dir_unusable',
      `The folder ${path} holds no readable PostgreSQL data. Restore it, move it away to start empty, ` +
        'or set DATA_DIR to another folder.',
      cause,
    );
  });
  if (version.trim() === majorVersion) return;
  throw new EmbeddedPostgresError(
    'data_version',
    `The data in ${path} was written by PostgreSQL ${version.trim()}, this is PostgreSQL ${majorVersion}. ` +
      'Start the release that wrote it and move the data with pg_dump, or set DATA_DIR to another folder.',
  );
}
