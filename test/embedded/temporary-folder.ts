import { chmod, mkdtemp, readdir, readlink, realpath, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isSystemPlace, systemFolder } from '../../src/embedded/system-folder.ts';

/** A fresh folder that every user may enter. */
export async function makeTemporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'embedded postgres ')));
  await chmod(folder, 0o755);
  return folder;
}

/** Removes the folder, and the data that a `postgres` link directly below it, or one folder deeper, points to. */
export async function removeTemporaryFolder(folder: string): Promise<void> {
  const below = await readdir(folder).catch(() => []);
  for (const path of [folder, ...below.map((name) => join(folder, name))]) {
    const place = dirname(await readlink(join(path, 'postgres')).catch(() => ''));
    if (isSystemPlace(place)) await rm(place, { recursive: true, force: true });
  }
  await rm(folder, { recursive: true, force: true });
  await rmdir(systemFolder).catch(() => {});
}
