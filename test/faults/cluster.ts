import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { childrenOf, isAlive, signal } from './processes.ts';
import { comesTrue, until } from './wait.ts';

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const READY_WITHIN_MS = 20_000;
const GONE_WITHIN_MS = 5000;
const LOG_CHARS_MAX = 200_000;

export interface ClusterOptions {
  readonly databaseUrl: string;
  readonly workers: number;
  readonly requestTimeoutMs: number;
  readonly cacheUsersMax: number;
  /** For what it leaves when it is killed. */
  readonly folder: string;
}

/** A launcher with its workers, as `npm start` runs them: started, then ended once, by us or by a fault. */
export class Cluster {
  readonly #process: ChildProcess;
  readonly #owners: number[] = [];
  /** Every process it has been seen to have. */
  readonly #children = new Set<number>();
  #stdout = '';
  #log = '';
  #unparsed = '';

  constructor(options: ClusterOptions) {
    if (!existsSync(program)) throw new Error('The service is not built: run "npm run build" first.');
    this.#process = spawn(process.execPath, [program, 'serve'], {
      // No .env file of a checkout has a say here.
      cwd: options.folder,
      env: {
        PATH: process.env.PATH,
        TMPDIR: options.folder,
        NODE_ENV: 'production',
        DATABASE_URL: options.databaseUrl,
        WORKERS: String(options.workers),
        PORT: '0',
        ADMIN_PORT: 'off',
        REQUEST_TIMEOUT_MS: String(options.requestTimeoutMs),
        CACHE_MAX_USERS: String(options.cacheUsersMax),
        LOG_LEVEL: 'info',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process.stdout?.on('data', (chunk: Buffer) => {
      this.#stdout += chunk;
    });
    this.#process.stderr?.on('data', (chunk: Buffer) => this.#readLog(chunk.toString()));
    process.once('exit', this.#killAll);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get url(): string {
    return /Listening on (http:\/\/[^\s,]+)/.exec(this.#stdout)?.[1] ?? '';
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get isStandingBy(): boolean {
    return this.#stdout.includes('Standing by');
  }

  get hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** The end of its log. */
  get logTail(): string {
    return this.#log.slice(-3000);
  }

  get log(): string {
    return this.#log;
  }

  /** The process that owns each slot, as the launcher has told last. */
  get owners(): readonly number[] {
    return this.#owners;
  }

  ownerOf(slot: number): number {
    const pid = this.#owners[slot];
    if (pid === undefined) throw new RangeError(`slot ${slot} has never had an owner`);
    return pid;
  }

  /** The launcher's processes by now. */
  lookAtChildren(): readonly number[] {
    const children = childrenOf(this.pid);
    for (const pid of [...children, ...this.#owners]) this.#children.add(pid);
    return children;
  }

  async whenListening(): Promise<this> {
    const isUp = await comesTrue(() => this.url !== '' || this.hasEnded, READY_WITHIN_MS);
    if (!isUp || this.url === '') throw new Error(`the service did not start:\n${this.logTail}`);
    return this;
  }

  async isReady(): Promise<boolean> {
    if (this.url === '') return false;
    const response = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(1000) });
    await response.body?.cancel();
    return response.status === 200;
  }

  /** Sends the signal; resolves with how it ended, once it has. */
  async end(name: NodeJS.Signals): Promise<string> {
    this.lookAtChildren();
    if (!this.hasEnded) {
      const exited = once(this.#process, 'exit');
      this.#process.kill(name);
      await exited;
    }
    process.removeListener('exit', this.#killAll);
    return this.#process.signalCode ?? `exit code ${this.#process.exitCode}`;
  }

  hangUp(): void {
    this.#process.kill('SIGHUP');
  }

  /** Throws when a process of an ended launcher stays: it would hold a lease or a port. */
  async untilGone(): Promise<void> {
    const orphans = () => [...this.#children].filter(isAlive);
    try {
      await until('no orphan to be left', () => orphans().length === 0, GONE_WITHIN_MS);
    } finally {
      for (const pid of orphans()) signal(pid, 'SIGKILL');
    }
  }

  readonly #killAll = (): void => {
    for (const pid of [this.pid, ...this.lookAtChildren()]) signal(pid, 'SIGKILL');
  };

  #readLog(text: string): void {
    this.#log = (this.#log + text).slice(-LOG_CHARS_MAX);
    const lines = (this.#unparsed + text).split('\n');
    this.#unparsed = lines.pop() ?? '';
    for (const line of lines) {
      const [, slot, pid] = /"slot":(\d+),"workerPid":(\d+),.*a worker owns its slot/.exec(line) ?? [];
      if (slot !== undefined) this.#owners[Number(slot)] = Number(pid);
    }
  }
}
