#!/usr/bin/env node
import cluster from 'node:cluster';

const USAGE = `Usage: user-balance [command]

  serve             run the service (the default)
  migrate           apply the migrations that DATABASE_URL lacks
  create-database   create the database that DATABASE_URL names, if it is missing
  keys              make, list and revoke API keys: keys create --caller NAME --file PATH
  verify            check every balance against its entries (verify --help)
  openapi           print the OpenAPI document of the HTTP interface

Settings come from the environment: see .env.example.
`;

/** The arguments could not be understood, or there are some although the command takes none. */
class UsageError extends Error {}

const takesNoArguments =
  (run: () => Promise<void>) =>
  async (args: readonly string[]): Promise<void> => {
    if (args.some((arg) => arg === '--help' || arg === '-h')) process.stdout.write(USAGE);
    else if (args.length > 0) throw new UsageError(`This command takes no arguments: ${args.join(' ')}\n\n${USAGE}`);
    else await run();
  };

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  serve: takesNoArguments(async () => {
    const [{ readConfig }, { serve }] = await Promise.all([import('./config.ts'), import('./cluster/serve.ts')]);
    await serve(readConfig());
  }),
  migrate: takesNoArguments(async () => {
    const { applyMigrations } = await import('./store/migrations.ts');
    await applyMigrations(await requiredDatabaseUrl(), (message) => process.stderr.write(`${message}\n`));
    process.stdout.write('The schema is up to date.\n');
  }),
  'create-database': takesNoArguments(async () => {
    const { createDatabase } = await import('./store/create-database.ts');
    const isCreated = await createDatabase(await requiredDatabaseUrl());
    process.stdout.write(isCreated ? 'The database was created.\n' : 'The database is there already.\n');
  }),
  async keys(args) {
    const { runKeysCommand } = await import('./access/keys-command.ts');
    await runKeysCommand(args, (text) => process.stdout.write(text));
  },
  async verify(args) {
    const { runVerify } = await import('./verify/command.ts');
    process.exitCode = await runVerify(args);
  },
  openapi: takesNoArguments(async () => {
    const { createDocument } = await import('./http/openapi/document.ts');
    process.stdout.write(`${JSON.stringify(createDocument(), null, 2)}\n`);
  }),
  async help() {
    process.stdout.write(USAGE);
  },
};

async function requiredDatabaseUrl(): Promise<string> {
  const { ConfigError, readConfig } = await import('./config.ts');
  const { databaseUrl } = readConfig();
  if (databaseUrl === undefined) throw new ConfigError('Set DATABASE_URL: postgres://user:password@host:5432/name');
  return databaseUrl;
}

async function main(name = 'serve'): Promise<void> {
  const known = name.replace(/^(--help|-h)$/, 'help');
  const command = Object.hasOwn(commands, known) ? commands[known] : undefined;
  if (command === undefined) {
    process.stderr.write(`Unknown command: ${name}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  try {
    await command(process.argv.slice(3));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

// Each role loads its own modules only: a worker that takes over is waited for.
if (cluster.isPrimary) await main(process.argv[2]);
else await (await import('./cluster/worker.ts')).runWorker();
