import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { SCOPES } from '../access/scope.ts';
import type { Answer } from './answer.ts';
import { amount, databaseUrl, idempotencyKey, integerFrom, userId } from './argument-parsers.ts';

const ID_MAX = Number.MAX_SAFE_INTEGER;

export interface ProgramOptions {
  /** Called with the answer of the command that has run, and whether it is for a program. */
  readonly onAnswer: (answer: Answer, isJson: boolean) => Promise<void>;
  /** Takes help and version. */
  readonly writeOut: (text: string) => void;
  /** Takes what is wrong with the arguments. */
  readonly writeErr: (text: string) => void;
}

/**
 * Every command with its arguments and options, and what runs it. Only what a command needs is loaded, and only when it
 * runs: to explain one must be quick, too. Instead of ending the process it throws CommanderError.
 */
export function createProgram({ onAnswer, writeOut, writeErr }: ProgramOptions): Command {
  // What commander hands over has the types that the parsers of the arguments give it, which it does not know.
  const answering =
    (run: (...given: never[]) => Promise<Answer>) =>
    async (...given: unknown[]) => {
      const { json = false } = (given.at(-1) as Command).opts<{ json?: boolean }>();
      await onAnswer(await run(...(given.slice(0, -1) as never[])), json);
    };

  const program = new Command('user-balance')
    .exitOverride()
    .configureOutput({ writeOut, writeErr })
    .description("Users' balances in PostgreSQL. Without a command it serves.")
    .version(packageVersion(), '--version', 'print the version')
    .addHelpText('after', SETTINGS_AND_EXIT_CODES);

  program
    .command('serve')
    .summary('run the service (the default)')
    .description('Runs the service until SIGTERM or SIGINT. All settings come from the environment.')
    .option(
      '--json',
      'tell on standard output by JSON objects, one on a line: {"kind": "ready", "url", "workers", "data", "console"} or {"kind": "standby"}',
    )
    .action(async (options) => (await import('./serve-command.ts')).startService(options));

  program
    .command('migrate')
    .summary('apply the migrations that the database lacks')
    .description('Applies the migrations that the database lacks. "serve" does so too, if its role may.')
    .addOption(databaseUrlOption())
    .addOption(jsonOption('{"applied": [NAME, ...], "newerThanProgram"}'))
    .action(answering(async (options) => (await import('./migrate-command.ts')).migrate(options)));

  program
    .command('create-database')
    .summary('create the database of DATABASE_URL, if it is missing')
    .description('Creates the database that the URL names, if it is missing; it has no tables then, see "migrate".')
    .addOption(databaseUrlOption())
    .addOption(jsonOption('{"created"}'))
    .action(answering(async (options) => (await import('./create-database-command.ts')).runCreateDatabase(options)));

  program
    .command('verify')
    .summary('check every balance against its entries')
    .description(VERIFY)
    .option('--all', 'go on after the first user with a finding, and list up to --limit findings')
    .option('--limit <N>', 'findings to list, 1 to 10000', integerFrom(1, 10_000), 100)
    .option('--from <ID>', 'check no users below this one', userId)
    .option('--to <ID>', 'check no users above this one', userId)
    .addOption(databaseUrlOption('DATABASE_URL, or the embedded one of DATA_DIR'))
    .addOption(jsonOption('{"ok", "complete", "users", "entries", "durationMs", "findingsTotal", "findings": [...]}'))
    .addHelpText('after', '\nExit codes: 0 sound, 1 a finding, 2 wrong usage, 3 could not check.')
    .action(answering(async (options) => (await import('./verify-command.ts')).verify(options)));

  const keys = program
    .command('keys')
    .summary('make, list and revoke API keys')
    .helpCommand(false)
    .description('Makes, lists and revokes API keys. A running service reads API_KEYS_FILE again at SIGHUP.');
  keys
    .command('create')
    .description('Makes a key and prints it, once: only its SHA-256 is kept.')
    .requiredOption('--caller <NAME>', 'who it is for')
    .option('--file <PATH>', 'add its record to this file; without, the record is printed too')
    .option('--scopes <LIST>', `of ${SCOPES.join(', ')}, with commas`, 'balance:read,balance:write')
    .option('--id <ID>', 'its name; by default a random one')
    .option('--expires <TIME>', 'like 2030-01-31T00:00:00Z; by default never')
    .addOption(jsonOption('{"key", "record", "file"}'))
    .action(answering(async (options) => (await import('./keys-commands.ts')).createKey(options)));
  keys
    .command('list')
    .description('Shows who may do what until when.')
    .requiredOption('--file <PATH>', 'the file with the keys')
    .addOption(jsonOption('{"keys": [{"id", "caller", "scopes", "expiresAt"}, ...]}'))
    .action(answering(async (options) => (await import('./keys-commands.ts')).listKeys(options)));
  keys
    .command('revoke')
    .description('Takes a key out of the file.')
    .requiredOption('--file <PATH>', 'the file with the keys')
    .requiredOption('--id <ID>', 'which')
    .addOption(jsonOption('{"revoked": ID}'))
    .action(answering(async (options) => (await import('./keys-commands.ts')).revokeKey(options)));

  const users = program
    .command('users')
    .summary('create, show and adjust users of a running service')
    .helpCommand(false)
    .description('Creates, shows and adjusts users, over HTTP, of a service that runs.');
  callingService(users.command('create'))
    .description('Creates a user.')
    .option(
      '--id <USER_ID>',
      'by default the next free one; with it, a creation can be made again without a second user',
      userId,
    )
    .option('--balance <N>', 'opening balance, in minor units', integerFrom(0, ID_MAX), 0)
    .option('--idempotency-key <KEY>', 'made again with this key, it is done once; needs --id', idempotencyKey)
    .addOption(jsonOption('{"kind": "created" | "user_exists" | "unsettled", ...}'))
    .action(answering(async (options) => (await import('./users/create-user.ts')).createUser(options)));
  callingService(users.command('show'))
    .description('Shows the balance of a user and, if wanted, its newest entries.')
    .argument('<USER_ID>', 'which user', userId)
    .option('--entries <N>', 'show so many of the newest entries, 1 to 1000', integerFrom(1, 1000))
    .option('--before <VERSION>', 'show entries below this version', integerFrom(1, ID_MAX))
    .option('--refused', 'show recorded refusals too')
    .addOption(
      jsonOption(
        '{"kind": "balance" | "user_not_found" | "unsettled", "userId", "balance", "version", "entries"?, "nextBefore"?, ...}',
      ),
    )
    .action(answering(async (id, options) => (await import('./users/show-user.ts')).showUser(id, options)));
  callingService(users.command('adjust'))
    .description('Changes the balance of a user, and tries until that is settled.')
    .argument('<USER_ID>', 'which user', userId)
    .argument('<AMOUNT>', 'in minor units: negative to withdraw, positive to deposit', amount)
    .option(
      '--idempotency-key <KEY>',
      'made again with this key, the change is made once; by default a new one',
      idempotencyKey,
    )
    .addOption(jsonOption('{"kind": "done" | "refused" | "user_not_found" | "unsettled", ...}'))
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 4 refused or no such user, 5 it may have been applied: make it again with its key.',
    )
    .action(
      answering(async (id, change, options) =>
        (await import('./users/adjust-user.ts')).adjustUser(id, change, options),
      ),
    );

  program
    .command('openapi')
    .summary('print the OpenAPI document of the HTTP interface')
    .description('Prints the OpenAPI 3.1 document of the HTTP interface, which is JSON.')
    .action(answering(async () => (await import('./openapi-command.ts')).printDocument()));

  program
    .command('bench')
    .summary('run the bench, in a checkout of the repository')
    .description(
      'Runs "npm run bench" of the checkout with the same options; "user-balance bench -- --help" lists them.',
    )
    .argument('[OPTIONS...]', 'those of the bench')
    .allowUnknownOption()
    .action(async (args) => onAnswer(await (await import('./bench-command.ts')).bench(args), false));

  hintAtUsage(program, program.name());
  return program;
}

/** After what was wrong: how it is used, and where to read more. */
function hintAtUsage(command: Command, path: string): void {
  command.showHelpAfterError(`\nUsage: ${path} ${command.usage()}\nMore: ${path} --help`);
  for (const child of command.commands) hintAtUsage(child, `${path} ${child.name()}`);
}

/** What a command needs to find a running service. */
function callingService(command: Command): Command {
  return command
    .option('--url <URL>', 'where the service is; by default USER_BALANCE_URL, or http://127.0.0.1:3000')
    .option('--api-key-file <PATH>', 'a file with the API key; by default the key in USER_BALANCE_API_KEY, if any')
    .option('--timeout <S>', 'seconds until it gives up, 1 to 3600', integerFrom(1, 3600), 30);
}

function databaseUrlOption(byDefault = 'DATABASE_URL'): Option {
  const text = `the database; by default ${byDefault}. A password given here can be read by other users of this machine`;
  return new Option('--database-url <URL>', text).argParser(databaseUrl);
}

const jsonOption = (shape: string) => new Option('--json', `print one JSON object on one line: ${shape}`);

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

const VERIFY =
  'Checks on a live database, without locking it, that every balance is the sum of its entries, that each entry starts ' +
  'where the one before it ended, that versions have no gap, that no balance is out of range, that recorded refusals were ' +
  'due, that no operation was applied twice, and that every entry has its user.';

const SETTINGS_AND_EXIT_CODES = `
Settings come from the environment and the file .env of the working folder: see .env.example.

Exit codes:
  0    done
  1    failed; of verify: a finding
  2    wrong arguments or settings; nothing was done
  3    the database or the service could not be reached, or the output not be written
  4    refused by the service: nothing was changed
  5    it may have been applied: make it again with its key
  130, 143, 141  ended by SIGINT, by SIGTERM, or because nobody read the output`;
