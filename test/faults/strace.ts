import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

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

/** Tampers with system calls of the processes, as `inject` of strace says. Returns how to end that. */
export async function tamper(
  pids: readonly number[],
  inject: string,
  options: { readonly path?: string } = {},
): Promise<() => Promise<void>> {
  const args = [
    '-f',
    '-o',
    '/dev/null',
    ...pids.flatMap((pid) => ['-p', String(pid)]),
    ...(options.path === undefined ? [] : ['-P', options.path]),
    '-e',
    `inject=${inject}`,
  ];
  const tracer = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(tracer, 'exit').catch(() => undefined);
  await Promise.race([
    once(tracer.stderr, 'data', { signal: AbortSignal.timeout(ATTACH_WITHIN_MS) }),
    exited.then(() => Promise.reject(new Error('strace has ended'))),
  ]);
  return async () => {
    tracer.kill('SIGTERM');
    await exited;
  };
}
