import { type FileHandle, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AccessError, type ApiKeyRecord, parseApiKeyRecords } from './api-key-records.ts';

/** Readable by its owner only: who may do what is nobody else's business. */
const NEW_FILE_MODE = 0o600;

/** The keys in a file. Throws AccessError, or the system's error when it cannot be read. */
export async function readKeyFile(path: string): Promise<readonly ApiKeyRecord[]> {
  return parseApiKeyRecords(await readFile(path, 'utf8'), path);
}

/**
 * Replaces the keys in a file by what `change` makes of them; a missing file has none. Whoever reads it meanwhile finds
 * the old keys or the new ones, and a crash leaves one of them. The new file is written beside it under a name that only
 * one process can create, so two changes at once cannot lose one of them.
 */
export async function changeKeyFile(
  path: string,
  change: (records: readonly ApiKeyRecord[]) => readonly ApiKeyRecord[],
): Promise<void> {
  // A rename would replace a link, and leave what it leads to as it was.
  const target = await realpath(path).catch(() => path);
  const newPath = `${target}.new`;
  const file = await createNew(newPath);
  try {
    const text = `${JSON.stringify(change(await readIfThere(path)), null, 2)}\n`;
    // What could not be read back would stop the next start.
    parseApiKeyRecords(text, path);
    await file.writeFile(text);
    await keepOwner(file, target);
    await file.sync();
    await file.close();
    await rename(newPath, target);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(newPath, { force: true });
    throw error;
  }
  await syncFolder(dirname(target));
}

async function createNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', NEW_FILE_MODE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new AccessError(`${path} exists: another change is under way. If none is, remove that file.`);
  }
}

async function readIfThere(path: string): Promise<readonly ApiKeyRecord[]> {
  try {
    return await readKeyFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** A service that could read the old file must be able to read the new one. */
async function keepOwner(file: FileHandle, path: string): Promise<void> {
  const [before, now] = [await stat(path).catch(() => null), await file.stat()];
  if (before === null) return;
  if (before.uid !== now.uid || before.gid !== now.gid) await file.chown(before.uid, before.gid);
  await file.chmod(before.mode & 0o777);
}

/** Makes the rename durable. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}
