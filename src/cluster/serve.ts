import { type AcceptedCredentials, acceptsNobody, readCredentials } from '../access/credentials.ts';
import { isLocalOnly, isLoopback, requireGuardedHost } from '../access/exposure.ts';
import { AccessGate } from '../access/gate.ts';
import { countForWorkers } from '../access/rate-counter.ts';
import type { Config } from '../config.ts';
import { startEmbeddedPostgres } from '../embedded/embedded-postgres.ts';
import { createLogger, type Logger } from '../observability/logger.ts';
import { StateChanges } from '../observability/state-changes.ts';
import { WorkerAggregate } from '../observability/worker-aggregate.ts';
import { createFirstUser } from '../store/first-user.ts';
import { applyMigrations } from '../store/migrations.ts';
import { waitForDatabase } from '../store/wait-for-database.ts';
import { systemClock as clock } from '../time/clock.ts';
import { Launcher } from './launcher.ts';
import { startOversight } from './oversight.ts';
import { bindSharedPort, httpUrl } from './shared-port.ts';
import { openSocketFolder } from './socket-folder.ts';

/** What the demonstration user of a new embedded database owns. */
const FIRST_BALANCE = 10_000;
const DATABASE_WITHIN_MS = 60_000;

interface Database {
  readonly url: string;
  /** Where the data is, for a person; without a password. */
  readonly place: string;
}

/** What was started, to be ended in reverse order, once. */
class Releases {
  readonly #steps: (() => unknown)[] = [];
  #ended: Promise<void> | null = null;

  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  run(): Promise<void> {
    this.#ended ??= this.#runAll();
    return this.#ended;
  }

  async #runAll(): Promise<void> {
    for (const step of this.#steps.toReversed()) await step();
  }
}

/** What the service has to tell on standard output. */
export type ServeNews =
  | {
      readonly kind: 'ready';
      readonly url: string;
      readonly workers: number;
      readonly data: string;
      /** Null without an admin listener. */
      readonly console: string | null;
    }
  | { readonly kind: 'standby' };

/**
 * Runs the service until a signal ends it: with the database, the workers and the port, then all of it back. `isJson`: a
 * JSON object on each line of standard output, of the shape ServeNews, instead of text.
 */
export async function serve(config: Config, { isJson = false } = {}): Promise<void> {
  // Its default is to end the process, which is not meant while the service is still starting.
  if (!process.stdout.isTTY) process.on('SIGHUP', () => undefined);
  const log = createLogger(config.logLevel);
  const changes = new StateChanges(log, clock);
  const workers = new WorkerAggregate(clock);
  const database = config.databaseUrl === undefined ? 'embedded' : 'external';
  changes.tell('starting', { node: process.version, workers: config.workers, database });
  const credentials = readCredentialsWarily(config.access, log);
  const access = { isGuarded: credentials !== null, isOpen: config.access.isOpen };
  requireGuardedHost('HOST', config.host, access);
  if (config.adminPort !== null) requireGuardedHost('ADMIN_HOST', config.adminHost, access);
  if (credentials === null && !isLoopback(config.host)) {
    log.warn({ host: config.host }, 'AUTH=none: whoever reaches this address may change every balance');
  }
  if (config.access.rateLimit !== null) await countForWorkers();
  const releases = new Releases();
  const aborting = new AbortController();
  const end = async (exitCode: number) => {
    aborting.abort();
    await releases.run();
    changes.tell('stopped', { exitCode });
    process.exit(exitCode);
  };
  const fail = (reason: string) => {
    process.stderr.write(`${reason}\n`);
    void end(1);
  };
  const tell = (news: ServeNews) => {
    process.stdout.write(`${isJson ? JSON.stringify(news) : textOf(news, credentials !== null)}\n`);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (!aborting.signal.aborted) changes.tell('stopping', { signal });
      void end(0);
    });
  }

  try {
    const database = await openDatabase(config, { log, releases, signal: aborting.signal, fail });
    aborting.signal.throwIfAborted();
    const port = await bindSharedPort(config);
    releases.add(() => port.handle.close());
    const sockets = await openSocketFolder();
    releases.add(() => sockets.remove());
    const launcher = new Launcher({
      config,
      databaseUrl: database.url,
      credentials,
      port,
      socketFolder: sockets.path,
      clock,
      changes,
      workers,
      onReady: () => {
        const { consoleUrl } = oversight;
        tell({ kind: 'ready', url: httpUrl(port), workers: config.workers, data: database.place, console: consoleUrl });
      },
      onStandby: () => tell({ kind: 'standby' }),
      onFailed: (reason) => fail(`Cannot start: ${reason}`),
    });
    // The launcher's own gate: whoever reads metrics is not a caller whose requests are counted.
    const gate = new AccessGate({
      credentials,
      rateLimit: null,
      isLocalOnly: isLocalOnly(config.adminHost, config.access),
      salt: '',
      clock,
      log,
    });
    const oversight = await startOversight({
      config,
      databaseUrl: database.url,
      launcher,
      workers,
      changes,
      gate,
      port,
      log,
    });
    // Ends after the launcher, so that a drain can be watched.
    releases.add(() => oversight.close());
    releases.add(() => launcher.close());
    releases.add(() => oversight.look());
    aborting.signal.throwIfAborted();
    onHangup(
      () => {
        acceptAnew([launcher, gate], config, { log, changes });
        void launcher.roll();
      },
      () => void end(0),
    );
    launcher.start();
  } catch (error) {
    if (aborting.signal.aborted) return end(0);
    fail(`Cannot start: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The database of the settings, or the embedded one; with its schema up to date. */
async function openDatabase(
  config: Config,
  {
    log,
    releases,
    signal,
    fail,
  }: { log: Logger; releases: Releases; signal: AbortSignal; fail: (reason: string) => void },
): Promise<Database> {
  if (config.databaseUrl !== undefined) {
    await waitForDatabase(config.databaseUrl, { withinMs: DATABASE_WITHIN_MS, clock, log, signal });
    const { isNewerThanProgram } = await applyMigrations(config.databaseUrl, (message) => log.warn(message));
    // So an upgrade can be taken back; whether this release can still work with the schema is not known here.
    if (isNewerThanProgram) log.warn('the schema has migrations of a later release than this one');
    const { host, pathname } = new URL(config.databaseUrl);
    return { url: config.databaseUrl, place: `PostgreSQL at ${host}${pathname}` };
  }
  const onFailure = (error: Error) => fail(error.message);
  const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log, signal, onFailure });
  releases.add(() => embedded.stop());
  await applyMigrations(embedded.url);
  await createFirstUser(embedded.url, FIRST_BALANCE);
  return { url: embedded.url, place: embedded.dataPath };
}

/** An empty list of keys is taken at its word: nobody passes. That is seldom meant. */
function readCredentialsWarily(access: Config['access'], log: Logger): AcceptedCredentials | null {
  const credentials = readCredentials(access);
  if (credentials !== null && acceptsNobody(credentials)) {
    log.warn('there is no API key in API_KEYS or API_KEYS_FILE: every request that needs one is refused');
  }
  return credentials;
}

/** Reads keys anew, so that one can be replaced without a pause. What cannot be read changes nothing. */
function acceptAnew(
  gates: readonly Pick<AccessGate, 'accept'>[],
  { access }: Config,
  { log, changes }: { readonly log: Logger; readonly changes: StateChanges },
): void {
  try {
    const credentials = readCredentialsWarily(access, log);
    for (const gate of gates) gate.accept(credentials);
    changes.tell('credentials_read');
  } catch (error) {
    log.error({ reason: (error as Error).message }, 'The credentials stay as they were');
  }
}

/** Without a terminal SIGHUP asks for a rolling restart; with one it says that the terminal is gone. */
function onHangup(roll: () => void, end: () => void): void {
  process.on('SIGHUP', process.stdout.isTTY ? end : roll);
}

function textOf(news: ServeNews, isGuarded: boolean): string {
  if (news.kind === 'standby') return 'Standing by: another launcher serves this database.';
  const workers = news.workers === 1 ? '1 worker' : `${news.workers} workers`;
  const proof = isGuarded ? ` -H 'authorization: Bearer KEY'` : '';
  const call = `curl -X POST ${news.url}/api/users/update-balance${proof} -H 'content-type: application/json' -d '{"userId":1,"amount":-2}'`;
  const listening = `Listening on ${news.url} (${workers}), data in ${news.data}, try: ${call}`;
  return news.console === null ? listening : `${listening}\nWatch it at ${news.console}`;
}
