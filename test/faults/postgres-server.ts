import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { findPackage, type UsableBinaries, usableBinaries } from '../../src/embedded/binaries.ts';
import { chooseOsUser, type OsUser } from '../../src/embedded/os-user.ts';
import { systemFolder } from '../../src/embedded/system-folder.ts';
import { freePort, HOST, type Installation, initializeData, SUPERUSER, spawnPostgres } from './postgres-processes.ts';
import { comesTrue, until } from './wait.ts';

/** Whom the service connects as: no superuser, so that limits and read-only settings hold for it. */
const SERVICE_ROLE = 'balance_service';
const DATABASE = 'balance';
const START_WITHIN_MS = 30_000;
const CONNECT_WITHIN_MS = 2000;
const QUERY_WITHIN_MS = 10_000;

/** A PostgreSQL of the run's own that may be ill-treated: its processes are killed, its settings turned against it. */
export class PostgresServer implements Installation {
  readonly port: number;
  /** Gone in the end, with all that is in it. */
  readonly folder: string;
  readonly binaries: UsableBinaries;
  readonly user: OsUser | null;
  #process: ChildProcess | null = null;

  private constructor(folder: string, binaries: UsableBinaries, user: OsUser | null, port: number) {
    this.folder = folder;
    this.binaries = binaries;
    this.user = user;
    this.port = port;
  }

  /** Starts one in a temporary folder, with an empty database that the service's role owns. */
  static async create(): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), 'faults-'));
    await chmod(folder, 0o711);
    const user = await chooseOsUser(join(folder, 'data'));
    const binaries = await usableBinaries(await findPackage(), user, user === null ? folder : systemFolder);
    const server = new PostgresServer(folder, binaries, user, await freePort());
    process.on('exit', server.#abandon);
    await initializeData(server);
    await server.start();
    await server.#query('postgres', `create role ${SERVICE_ROLE} login`);
    await server.#query('postgres', `create database ${DATABASE} owner ${SERVICE_ROLE}`);
    return server;
  }

  get dataFolder(): string {
    return join(this.folder, 'data');
  }

  /** For the service, over a proxy. */
  serviceUrl(port: number): string {
    return `postgres://${SERVICE_ROLE}@${HOST}:${port}/${DATABASE}`;
  }

  get serviceRole(): string {
    return SERVICE_ROLE;
  }

  get postmasterPid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Returns once it takes connections. */
  async start(): Promise<void> {
    // What a killed postmaster leaves holds on to the shared memory until its last process has seen the death.
    const isUp = await comesTrue(async () => {
      if (this.#process === null || this.#process.exitCode !== null) this.#process = await spawnPostgres(this);
      return this.isAccepting();
    }, START_WITHIN_MS);
    if (!isUp) throw new Error(`PostgreSQL does not start:\n${(await this.readLog()).slice(-2000)}`);
  }

  /** Returns once the postmaster has ended; its children end when they notice. */
  async kill(name: NodeJS.Signals): Promise<void> {
    const ending = this.#process;
    this.#process = null;
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = once(ending, 'exit');
    ending.kill(name);
    await exited;
  }

  async isAccepting(): Promise<boolean> {
    return this.#query('postgres', 'select').then(
      () => true,
      () => false,
    );
  }

  /** Stops it and removes its folder. */
  async destroy(): Promise<void> {
    await this.kill('SIGINT');
    process.removeListener('exit', this.#abandon);
    await rm(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  /** For an end of this process that leaves no time to wait. */
  readonly #abandon = (): void => {
    this.#process?.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  };

  /** Runs SQL as an operator, on a connection of its own. */
  async query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.#query<Row>(DATABASE, sql, values);
  }

  /** A connection of the operator, past the proxy. */
  async connect(database = DATABASE): Promise<pg.Client> {
    const client = new pg.Client({
      host: HOST,
      port: this.port,
      user: SUPERUSER,
      database,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      query_timeout: QUERY_WITHIN_MS,
      application_name: 'operator',
      options: '-c default_transaction_read_only=off -c synchronous_commit=local',
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** Changes a setting for all sessions. Returns how to change it back. */
  async setSetting(name: string, value: string): Promise<() => Promise<void>> {
    const before = await this.#show(name);
    await this.query(`alter system set ${name} = '${value}'`);
    await this.#reload(name, value);
    return async () => {
      await this.query(`alter system reset ${name}`);
      await this.#reload(name, before);
    };
  }

  /** The processes behind the service's connections whose application name begins so. */
  async backendPids(applicationName: string): Promise<number[]> {
    const rows = await this.query<{ pid: number }>(
      'select pid from pg_stat_activity where usename = $1 and application_name like $2 order by application_name',
      [SERVICE_ROLE, `${applicationName}%`],
    );
    return rows.map((row) => row.pid);
  }

  async terminate(applicationName: string): Promise<void> {
    await this.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where usename = $1 and application_name like $2',
      [SERVICE_ROLE, `${applicationName}%`],
    );
  }

  /** What PostgreSQL has logged, from a position on. */
  async readLog(from = 0): Promise<string> {
    const log = await readFile(join(this.folder, 'log'), 'utf8').catch(() => '');
    return log.slice(from);
  }

  async #reload(name: string, value: string): Promise<void> {
    await this.query('select pg_reload_conf()');
    await until(`${name} to be ${value}`, async () => (await this.#show(name)) === value, QUERY_WITHIN_MS);
  }

  /** As the service sees it: the operator's own sessions have settings of their own. */
  async #show(name: string): Promise<string> {
    const client = new pg.Client({ connectionString: this.serviceUrl(this.port), query_timeout: QUERY_WITHIN_MS });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return String(Object.values((await client.query(`show ${name}`)).rows[0])[0]);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  async #query<Row extends pg.QueryResultRow>(
    database: string,
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    const client = await this.connect(database);
    try {
      return (await client.query<Row>(sql, [...values])).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
