import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Releases } from './releases.ts';

const STOP_WITHIN_MS = 10_000;
const START_WITHIN_MS = 60_000;
const TAIL_CHARS_MAX = 4000;
const TAIL_LINES_MAX = 12;
const listening = /^Listening on (http:\/\/[^\s,]+)[\s,]/m;
const watching = /^Watch it at (http:\/\/\S+)$/m;

export interface ServerProcess {
  readonly pid: number;
  readonly url: string;
  /** Where a person can look on; null where it has said nothing of that. */
  readonly consoleUrl: string | null;
  /** The end of what it wrote on standard error. */
  tail(): string;
}

export interface ServerOptions {
  readonly name: string;
  readonly file: string;
  readonly args?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const running = new Set<ChildProcess>();
// The last resort, for an end that no code of ours could accompany.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a Node process that is ended, and killed if it does not end, with `releases`. */
export function startNode(file: string, args: readonly string[], options: ForkOptions, releases: Releases) {
  const child = fork(file, [...args], options);
  running.add(child);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  void exited.then(() => running.delete(child));
  releases.add(async () => {
    const cancel = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    child.kill('SIGTERM');
    await exited;
    clearTimeout(cancel);
  });
  return { child, exited };
}

/** Starts a server and waits for its line `Listening on http://…`. Throws with the end of its log when there is none. */
export async function startServer(options: ServerOptions, releases: Releases): Promise<ServerProcess> {
  // One environment for all sides: Express, for one, is slower in development.
  const env = { ...process.env, NODE_ENV: 'production', ...options.environment };
  const { child, exited } = startNode(
    options.file,
    options.args ?? [],
    { env, execArgv: execArgvFor(options.file), stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
    releases,
  );
  const tail = keepTail(child.stderr);
  let timer: NodeJS.Timeout | undefined;
  try {
    const urls = await Promise.race([
      findUrls(child.stdout),
      exited.then((reason) => fail(`${options.name} did not start (${reason}).\n${tail()}`)),
      new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new Error(`${options.name} was not ready in time.\n${tail()}`)),
          START_WITHIN_MS,
        );
      }),
    ]);
    return { pid: child.pid ?? 0, ...urls, tail };
  } finally {
    clearTimeout(timer);
  }
}

/** The loader that lets this process run TypeScript must not slow down a program that was built. */
function execArgvFor(file: string): string[] {
  return file.endsWith('.ts') ? process.execArgv : [];
}

/** The service writes both lines at once. */
function findUrls(stdout: Readable | null): Promise<Pick<ServerProcess, 'url' | 'consoleUrl'>> {
  let text = '';
  return new Promise((resolve) => {
    stdout?.on('data', (chunk: Buffer) => {
      if (text.length < TAIL_CHARS_MAX) text += chunk.toString();
      const url = listening.exec(text)?.[1];
      if (url !== undefined) resolve({ url, consoleUrl: watching.exec(text)?.[1] ?? null });
    });
  });
}

function keepTail(stderr: Readable | null): () => string {
  let text = '';
  stderr?.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-TAIL_CHARS_MAX);
  });
  return () => text.trim().split('\n').slice(-TAIL_LINES_MAX).join('\n');
}

function fail(message: string): never {
  throw new Error(message);
}
