import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/embedded/embedded-postgres.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { createDatabase } from '../../src/store/create-database.ts';
import { applyMigrations } from '../../src/store/migrations.ts';
import { databaseUrlOf, TEMPLATE } from './database.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A server on which tests create databases of their own. */
    readonly serverUrl: string;
  }
}

let stopServer = async (): Promise<void> => undefined;

/** One PostgreSQL for all files: the one of TEST_DATABASE_URL, or an embedded one in a folder of its own. */
export async function setup(project: TestProject): Promise<void> {
  const { serverUrl, stop } = await openServer();
  stopServer = stop;
  await query(serverUrl, `drop database if exists ${TEMPLATE}`);
  await createDatabase(databaseUrlOf(serverUrl, TEMPLATE));
  await applyMigrations(databaseUrlOf(serverUrl, TEMPLATE));
  project.provide('serverUrl', serverUrl);
}

export async function teardown(): Promise<void> {
  await stopServer();
}

async function openServer(): Promise<{ serverUrl: string; stop: () => Promise<void> }> {
  const given = process.env.TEST_DATABASE_URL;
  if (given !== undefined && given !== '') return { serverUrl: given, stop: async () => undefined };
  const dataDir = await mkdtemp(join(tmpdir(), 'user-balance-test-'));
  const embedded = await startEmbeddedPostgres({ dataDir, log: createLogger('warn') });
  return {
    serverUrl: embedded.url,
    async stop() {
      await embedded.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
