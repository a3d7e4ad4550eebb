import { type SpawnOptions, spawn } from 'node:child_process';
import type { OsUser } from './os-user.ts';

export interface ProgramOptions {
  /** Null runs it as ourselves. */
  readonly user?: OsUser | null;
  /** An open file that the program gets as descriptor 3. */
  readonly fd3?: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ProgramResult {
  /** The exit code; null when the program could not be started, or was ended by a signal. */
  readonly code: number | null;
  /** Standard output and standard error, interleaved, trimmed; or why it could not be started. */
  readonly output: string;
}

// PostgreSQL's programs take PGDATA, PGPORT, LC_* and more from the environment, and whoever reads /proc/<pid>/environ
// would find the caller's secrets there: they get only what they need. Windows programs do not run without theirs.
const unixEnvironment: NodeJS.ProcessEnv = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
};

/** How every program of PostgreSQL is spawned: as `user`, without our environment, without holding a folder in use. */
export function postgresSpawnOptions(user: OsUser | null): SpawnOptions {
  return {
    // Given a uid, libuv drops the supplementary groups too. It changes the folder first, so that must be one for all.
    // It takes ids as signed integers: macOS's nobody is 2^32-2 to stat and chown, and -2 here.
    ...(user === null ? {} : { uid: user.uid | 0, gid: user.gid | 0 }),
    ...(process.platform === 'win32' ? {} : { env: unixEnvironment, cwd: '/' }),
  };
}

const OUTPUT_CHARS_MAX = 64_000;

/** Runs a program to its end, or kills it at `timeoutMs` or on abort. Never rejects. */
export function runProgram(file: string, args: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      ...postgresSpawnOptions(options.user ?? null),
      stdio: ['ignore', 'pipe', 'pipe', options.fd3 ?? 'ignore'],
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      if (output.length < OUTPUT_CHARS_MAX) output += chunk.toString();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.on('error', (error) => resolve({ code: null, output: error.message }));
    child.on('close', (code) => resolve({ code, output: output.trim() }));
  });
}
