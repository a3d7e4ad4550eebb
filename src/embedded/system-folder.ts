import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';

/** Root's place for what another OS user must reach when it cannot enter the checkout. */
export const systemFolder = '/var/lib/highload-user-balance';

/** A fresh name each time: a new checkout at the path of an old one never finds the old one's data. */
export function newSystemPlace(): string {
  return join(systemFolder, randomBytes(16).toString('hex'));
}

/** True for what `newSystemPlace` returns: nothing else may ever be removed on the word of a link. */
export function isSystemPlace(path: string): boolean {
  return dirname(path) === systemFolder && /^[0-9a-f]{32}$/.test(basename(path));
}
