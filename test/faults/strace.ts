import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { until } from './wait.ts';

/** Whether system calls of other processes can be tampered with here. */
export function isStraceThere(): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.some((folder) => {
    try {
      accessSync(join(folder, 'strace'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const ATTACH_WITHIN_MS = 3000;

/**
 * Tampers with system calls of the processes, as `inject` of strace says: those on `paths`, or all. Returns how to end that.
 * Throws when one has ended.
 */
export async function tamper(
  pids: readonly number[],
  inject: string,
  options: { readonly paths?: readonly string[] } = {},
): Promise<() => Promise<void>> {
  const args = [
    '-f',
    '-o',
    '/dev/null',
    ...pids.flatMap((pid) => ['-p', String(pid)]),
    ...(options.paths ?? []).flatMap((path) => ['-P', path]),
    '-e',
    `inject=${inject}`,
  ];
  const tracer = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(tracer, 'close').catch(() => undefined);
  let said = '';
  tracer.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  const isAttached = () => pids.every((pid) => said.includes(`Process ${pid} attached`));
  // It ends with the last of them, which may die of what is done to it at once.
  const endedEarly = ended.then(() => {
    if (!isAttached()) throw new Error(`strace has ended: ${said}`);
  });
  endedEarly.catch(() => undefined);
  const restore = async () => {
    tracer.kill('SIGTERM');
    await ended;
  };
  try {
    await Promise.race([until('strace to be attached to all', isAttached, ATTACH_WITHIN_MS), endedEarly]);
  } catch (error) {
    await restore();
    throw error;
  }
  return restore;
}
