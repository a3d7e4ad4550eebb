import cluster from 'node:cluster';
import { serve } from './cluster/serve.ts';
import { runWorker } from './cluster/worker.ts';
import { ConfigError, readConfig } from './config.ts';
import { createDatabase } from './store/create-database.ts';
import { applyMigrations } from './store/migrations.ts';

const USAGE = `Usage: highload-user-balance [command]

  serve             run the service (the default)
  migrate           apply the migrations that DATABASE_URL lacks
  create-database   create the database that DATABASE_URL names, if it is missing

Settings come from the environment: see .env.example.
`;

const commands: Readonly<Record<string, () => Promise<void>>> = {
  serve: () => serve(readConfig()),
  async migrate() {
    await applyMigrations(requiredDatabaseUrl());
    process.stdout.write('The schema is up to date.\n');
  },
  async 'create-database'() {
    const isCreated = await createDatabase(requiredDatabaseUrl());
    process.stdout.write(isCreated ? 'The database was created.\n' : 'The database is there already.\n');
  },
  async help() {
    process.stdout.write(USAGE);
  },
};

function requiredDatabaseUrl(): string {
  const { databaseUrl } = readConfig();
  if (databaseUrl === undefined) throw new ConfigError('Set DATABASE_URL: postgres://user:password@host:5432/name');
  return databaseUrl;
}

async function main(name = 'serve'): Promise<void> {
  const command = commands[name.replace(/^(--help|-h)$/, 'help')];
  if (command === undefined) {
    process.stderr.write(`Unknown command: ${name}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  try {
    await command();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

if (cluster.isPrimary) await main(process.argv[2]);
else runWorker();
