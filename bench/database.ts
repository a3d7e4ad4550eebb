import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../src/embedded/embedded-postgres.ts';
import { isSystemPlace } from '../src/embedded/system-folder.ts';
import { createDatabase } from '../src/store/create-database.ts';
import { applyMigrations } from '../src/store/migrations.ts';
import type { Queryable } from './queryable.ts';
import type { Releases } from './releases.ts';

/** The settings that decide what a commit costs, as the server reports them. */
export interface ServerFacts {
  readonly version: string;
  readonly fsync: string;
  readonly synchronousCommit: string;
  readonly fullPageWrites: string;
}

export interface BenchDatabase {
  readonly url: string;
  readonly facts: ServerFacts;
  /** For creating accounts and for proofs; not used while a run is measured. */
  readonly client: Queryable;
  /** Another one on the same server, gone with `releases`: a database has one launcher at a time. */
  sibling(releases: Releases): Promise<BenchDatabase>;
}

export interface DatabaseOptions {
  /** A server to create a database on; undefined starts one in a temporary folder. */
  readonly serverUrl: string | undefined;
  readonly releases: Releases;
  readonly signal: AbortSignal;
}

/** A migrated database of the bench's own, gone with `releases`. Throws when the server would not keep what it commits. */
export async function openDatabase(options: DatabaseOptions): Promise<BenchDatabase> {
  const { serverUrl, releases } = options;
  const url = serverUrl === undefined ? await startServer(options) : await createOwn(serverUrl, releases);
  return prepare(url, releases);
}

async function prepare(url: string, releases: Releases): Promise<BenchDatabase> {
  await applyMigrations(url);
  // One connection, so that what is temporary stays; a pool, so that who asks at the same time waits for its turn.
  const client = new pg.Pool({ connectionString: url, application_name: 'bench', max: 1, idleTimeoutMillis: 0 });
  // The server may be stopped before this client when the bench is interrupted; a query in flight rejects by itself.
  client.on('error', () => undefined);
  releases.add(() => client.end());
  const facts = await readFacts(client);
  if (facts.fsync !== 'on' || facts.synchronousCommit !== 'on') {
    throw new Error(
      'The server must keep what it commits, or the figures mean nothing: set fsync and synchronous_commit on.',
    );
  }
  return { url, facts, client, sibling: async (until) => prepare(await createOwn(url, until), until) };
}

async function startServer({ releases, signal }: DatabaseOptions): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'highload-user-balance-bench-'));
  releases.add(() => rm(folder, { recursive: true, force: true }));
  // When we are root, PostgreSQL runs as another user, who must be able to enter.
  await chmod(folder, 0o711);
  const warn = (fields: unknown, text?: string) => {
    process.stderr.write(`PostgreSQL: ${text ?? ''} ${JSON.stringify(fields)}\n`);
  };
  const log = { info: () => undefined, warn, error: warn };
  const starting = startEmbeddedPostgres({ dataDir: join(folder, 'data'), log, signal });
  releases.add(async () => {
    const embedded = await starting.catch(() => null);
    if (embedded === null) return;
    await embedded.stop();
    for (const path of [embedded.dataPath, dirname(embedded.dataPath)]) {
      if (isSystemPlace(path)) await rm(path, { recursive: true, force: true });
    }
  });
  return (await starting).url;
}

async function createOwn(serverUrl: string, releases: Releases): Promise<string> {
  const name = `bench_${randomBytes(6).toString('hex')}`;
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const creating = createDatabase(url.href);
  releases.add(async () => {
    if (await creating.catch(() => false)) await dropDatabase(serverUrl, name);
  });
  await creating;
  return url.href;
}

async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`);
  } finally {
    await client.end();
  }
}

async function readFacts(client: Queryable): Promise<ServerFacts> {
  const { rows } = await client.query<ServerFacts>(
    `select current_setting('server_version') as version, current_setting('fsync') as fsync,
            current_setting('synchronous_commit') as "synchronousCommit",
            current_setting('full_page_writes') as "fullPageWrites"`,
  );
  const [facts] = rows;
  if (facts === undefined) throw new Error('The server did not tell its settings');
  return facts;
}
