import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { connectionUrl } from './connection.ts';
import { dataLinkIn } from './data-folder.ts';
import { systemCode } from './embedded-postgres-error.ts';
import { readPasswordFile } from './password-file.ts';
import { isPostmaster, readPostmaster } from './postmaster-pid-file.ts';

/**
 * - `absent`: there is no data in the folder.
 * - `stopped`: nobody runs the PostgreSQL of the data.
 * - `changing`: it is just starting or stopping.
 * - `running`: it takes connections at `url`, which holds the password.
 */
export type EmbeddedState =
  | { readonly kind: 'absent' | 'stopped' | 'changing' }
  | { readonly kind: 'running'; readonly url: string };

/** Looks for the embedded PostgreSQL that a launcher runs in `dataDir`, and changes nothing. */
export async function findEmbeddedPostgres(dataDir: string): Promise<EmbeddedState> {
  const folder = resolve(dataDir);
  const dataPath = await realpath(dataLinkIn(folder)).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  });
  if (dataPath === null) return { kind: 'absent' };
  const postmaster = await readPostmaster(dataPath);
  if (postmaster === null || !(await isPostmaster(postmaster.pid, dataPath))) return { kind: 'stopped' };
  if (postmaster.status !== 'ready') return { kind: 'changing' };
  return { kind: 'running', url: connectionUrl(postmaster.port, await readPasswordFile(folder)) };
}
