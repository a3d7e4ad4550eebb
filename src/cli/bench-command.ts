import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Answer } from './answer.ts';
import { CommandError } from './answer.ts';
import { EXIT } from './exit-codes.ts';

/** The checkout or the installed package, from src/cli as from dist/cli. */
const root = fileURLToPath(new URL('../../', import.meta.url));

/** The command `bench`: `npm run bench` of the checkout, with its options and its exit code. */
export async function bench(args: readonly string[]): Promise<Answer> {
  // The package has neither the bench nor the peers it measures against.
  if (!existsSync(`${root}/bench/main.ts`)) throw new CommandError(EXIT.failed, ELSEWHERE);
  const child = spawn('npm', ['run', '--silent', 'bench', '--', ...args], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  // From a terminal they reach the bench as well, which ends in order; whoever waits for it must not end before.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  });
  return { exitCode };
}

const ELSEWHERE = [
  'The bench is not in the package, nor are the designs it measures against: it runs in a checkout of the repository of',
  'highload-user-balance:',
  '  npm ci && npm run bench',
].join('\n');
