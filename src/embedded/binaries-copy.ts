import { chmod, copyFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { acquireFolderLock } from './folder-lock.ts';
import { makeOpenFolder } from './folders.ts';

interface PackageFile {
  /** Relative to the package. */
  readonly path: string;
  readonly size: number;
  readonly mode: number;
}

/**
 * Copies the package to `<copyFolder>/postgresql-<version>`, readable by every user, and returns that path. An earlier
 * copy is used when it is whole.
 */
export async function copyBinaries(
  packaged: { readonly root: string; readonly version: string },
  copyFolder: string,
  makeLinks: (root: string) => Promise<void>,
): Promise<string> {
  const copy = join(copyFolder, `postgresql-${packaged.version}`);
  try {
    await makeOpenFolder(copyFolder);
    const lock = await acquireFolderLock(join(copyFolder, 'copy.lock'), () => {});
    try {
      await ensureCopy(packaged.root, copy, makeLinks);
    } finally {
      await lock.release();
    }
    return copy;
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'binaries_unusable',
      `The PostgreSQL in ${packaged.root} cannot be used where it is, nor copied to ${copy}: ` +
        `${cause instanceof Error ? cause.message : String(cause)}. Move this folder to a place that every user ` +
        'may enter, start as an ordinary user, or set DATABASE_URL.',
      cause,
    );
  }
}

async function ensureCopy(root: string, copy: string, makeLinks: (root: string) => Promise<void>): Promise<void> {
  const files = await listFiles(root);
  if (!(await isWhole(copy, files))) {
    // Whole or absent, never half: the copy gets its name when it is complete.
    const unfinished = `${copy}.new`;
    await rm(unfinished, { recursive: true, force: true });
    await copyFiles(root, unfinished, files);
    await makeLinks(unfinished);
    await rm(copy, { recursive: true, force: true });
    await rename(unfinished, copy);
  }
  await makeLinks(copy);
}

async function listFiles(root: string): Promise<PackageFile[]> {
  const entries = await readdir(join(root, 'native'), { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && isNeeded(join(entry.parentPath, entry.name)))
    .map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.map(async (path) => {
      const { size, mode } = await stat(path);
      return { path: relative(root, path), size, mode };
    }),
  );
}

// What only a compiler needs stays behind.
const isNeeded = (path: string) => !path.endsWith('.a') && !/[\\/](pgxs|pkgconfig)[\\/]/.test(path);

async function isWhole(copy: string, files: readonly PackageFile[]): Promise<boolean> {
  const sizes = await Promise.all(
    files.map((file) =>
      stat(join(copy, file.path)).then(
        ({ size }) => size,
        () => -1,
      ),
    ),
  );
  return files.every((file, index) => file.size === sizes[index]);
}

async function copyFiles(root: string, target: string, files: readonly PackageFile[]): Promise<void> {
  const folders = new Set<string>();
  for (const file of files) {
    for (let folder = dirname(file.path); folder !== '.'; folder = dirname(folder)) folders.add(folder);
  }
  await makeOpenFolder(target);
  for (const folder of [...folders].sort()) await makeOpenFolder(join(target, folder));
  for (const file of files) {
    await copyFile(join(root, file.path), join(target, file.path));
    await chmod(join(target, file.path), file.mode & 0o100 ? 0o755 : 0o644);
  }
}
