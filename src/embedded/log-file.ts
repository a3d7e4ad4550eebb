import { open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';

const SIZE_MAX_BYTES = 8 * 1024 * 1024;
const TAIL_BYTES = 4096;
const TAIL_LINES = 20;

/** PostgreSQL's own log: the path it is appended to. A large one is moved to `postgres.log.1` first. */
export async function prepareLogFile(dataDir: string): Promise<string> {
  const path = join(dataDir, 'postgres.log');
  if ((await logSize(path)) > SIZE_MAX_BYTES) await rename(path, `${path}.1`);
  return path;
}

export async function logSize(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}

/** The last lines written after the first `fromBytes`. */
export async function logTail(path: string, fromBytes: number): Promise<string> {
  const start = Math.max(fromBytes, (await logSize(path)) - TAIL_BYTES);
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return '';
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, start);
    return buffer.toString('utf8', 0, bytesRead).trim().split('\n').slice(-TAIL_LINES).join('\n');
  } finally {
    await file.close();
  }
}
