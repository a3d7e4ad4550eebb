import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedPostgresError, systemCode } from './embedded-postgres-error.ts';

/** 256 random bits, in characters that need no escaping in a URL. */
export function makePassword(): string {
  return randomBytes(32).toString('base64url');
}

const pathIn = (dataDir: string) => join(dataDir, 'postgres.password');

/** Keeps the password for our own OS user alone, on disk before it is in use. */
export async function writePasswordFile(dataDir: string, password: string): Promise<void> {
  const path = pathIn(dataDir);
  const unfinished = `${path}.new`;
  const file = await open(unfinished, 'w', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(`${password}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
}

export async function readPasswordFile(dataDir: string): Promise<string> {
  const path = pathIn(dataDir);
  try {
    const password = (await readFile(path, 'utf8')).trim();
    if (password !== '') return password;
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
  throw new EmbeddedPostgresError(
    'password_missing',
    `The file ${path} with the password of the data beside it is missing. Restore it from a backup; ` +
      'or, to start empty, move the whole folder away.',
  );
}
