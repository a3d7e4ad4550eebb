import { chmod, mkdir, open } from 'node:fs/promises';

/** A folder that every user may enter and only its owner may change, whatever the umask. */
export async function makeOpenFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o755);
}

/** Makes a rename or a new link in this folder survive a power loss. Windows cannot, and needs not, sync a folder. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
