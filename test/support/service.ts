import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface ServiceOptions {
  readonly databaseUrl: string;
  readonly workers: number;
  readonly port?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A real launcher with real workers, as `npm start` runs it. */
export class Service {
  readonly process: ChildProcess;
  #stdout = '';
  stderr = '';

  constructor(options: ServiceOptions) {
    this.process = spawn(process.execPath, [main, 'serve'], {
      env: {
        ...process.env,
        DATABASE_URL: options.databaseUrl,
        WORKERS: String(options.workers),
        PORT: String(options.port ?? 0),
        ADMIN_PORT: '0',
        LOG_LEVEL: 'info',
        ...options.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout?.on('data', (chunk: Buffer) => {
      this.#stdout += chunk;
    });
    this.process.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk;
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get url(): string {
    return /Listening on (http:\/\/\S+)/.exec(this.#stdout)?.[1] ?? '';
  }

  async whenReady(withinMs = 15_000): Promise<this> {
    await vi.waitUntil(() => this.url !== '' || this.process.exitCode !== null, { timeout: withinMs, interval: 20 });
    if (this.url === '') throw new Error(`the service did not start:\n${this.stderr}`);
    return this;
  }

  /** The process that owns each slot, by slot, as the launcher has logged it. */
  workerPids(): readonly number[] {
    const pids: number[] = [];
    for (const [, slot, pid] of this.stderr.matchAll(/"slot":(\d+),"workerPid":(\d+)/g))
      pids[Number(slot)] = Number(pid);
    return pids;
  }

  /** Sends the signal and resolves with the exit code once the launcher has gone. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill(signal);
      await once(this.process, 'exit');
    }
    return this.process.exitCode;
  }

  post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.request('POST', path, body, headers);
  }

  get(path: string): Promise<Answer> {
    return this.request('GET', path);
  }

  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'], headers: response.headers };
  }

  async createUser(balance: number): Promise<number> {
    const { body } = await this.post('/api/users', { balance });
    return Number(body.userId);
  }
}

export interface Answer {
  readonly status: number;
  readonly body: { readonly [member: string]: unknown };
  readonly headers: Headers;
}
