import { parseArgs } from 'node:util';

export const USAGE = `Usage: user-balance verify [options]

Checks on a live database, without locking it, that every balance is the sum of its entries, that each entry starts where
the one before it ended, that versions have no gap, that no balance is out of range, that recorded refusals were due, that
no operation was applied twice, and that every entry has its user.

  --all                 go on after the first user with a finding, and list up to --limit findings
  --limit N             findings to list, 1 to 10000 (100)
  --from ID, --to ID    check these users only, both included
  --json                write one JSON object to standard output
  --database-url URL    the database; by default DATABASE_URL, or the embedded one of DATA_DIR. A password given here
                        can be read by other users of this machine
  --help                show this

Exit code: 0 sound, 1 a finding, 2 wrong usage, 3 could not check, 141 standard output was closed before the report was
written; 130 and 143 after SIGINT and SIGTERM.
`;

export interface VerifyCommandOptions {
  readonly isHelp: boolean;
  readonly isJson: boolean;
  readonly goesOn: boolean;
  readonly findingsMax: number;
  readonly from: number | null;
  readonly to: number | null;
  readonly databaseUrl: string | null;
}

/** The command line cannot be understood. The message fits the terminal. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Throws UsageError. */
export function parseVerifyOptions(args: readonly string[]): VerifyCommandOptions {
  const values = parse(args);
  const from = integer('--from', values.from, Number.MAX_SAFE_INTEGER);
  const to = integer('--to', values.to, Number.MAX_SAFE_INTEGER);
  if (from !== null && to !== null && from > to) throw new UsageError('--from must not be greater than --to.');
  const databaseUrl = values['database-url'] ?? null;
  if (databaseUrl !== null && !(/^postgres(ql)?:\/\//.test(databaseUrl) && URL.canParse(databaseUrl))) {
    throw new UsageError('--database-url must be a postgres:// URL.');
  }
  return {
    isHelp: values.help === true,
    isJson: values.json === true,
    goesOn: values.all === true,
    findingsMax: integer('--limit', values.limit, 10_000) ?? 100,
    from,
    to,
    databaseUrl,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: false,
      options: {
        all: { type: 'boolean' },
        limit: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        json: { type: 'boolean' },
        'database-url': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function integer(name: string, text: string | undefined, max: number): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (/^[1-9]\d{0,15}$/.test(text) && value <= max) return value;
  throw new UsageError(`${name} must be an integer from 1 to ${max} in plain digits.`);
}
