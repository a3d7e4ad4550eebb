import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command as an operator does, without DATABASE_URL unless it is given. `onStart` may send it a signal; its output may go to an open file instead. */
export async function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  onStart: (process: ChildProcess) => void = () => undefined,
  output: number | 'pipe' = 'pipe',
): Promise<CommandResult> {
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      ...process.env,
      DATABASE_URL: '',
      USER_BALANCE_URL: '',
      USER_BALANCE_API_KEY: '',
      LOG_LEVEL: 'warn',
      ...environment,
    },
    stdio: ['ignore', output, 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  onStart(child);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
