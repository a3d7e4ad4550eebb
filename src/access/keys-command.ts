import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createApiKey, digestOf } from './api-key.ts';
import { AccessError, type ApiKeyRecord, parseApiKeyRecords } from './api-key-records.ts';
import { changeKeyFile, readKeyFile } from './key-file.ts';
import { SCOPES } from './scope.ts';

export const KEYS_USAGE = `Usage: user-balance keys create --caller NAME [--scopes LIST] [--id ID] [--expires TIME] [--file PATH]
       user-balance keys list --file PATH
       user-balance keys revoke --file PATH --id ID

  create prints a new key, once: only its SHA-256 is kept. With --file its record is added to that file; without, it is
  printed too. LIST: of ${SCOPES.join(', ')}, with commas; by default balance:read,balance:write.
  TIME: like 2030-01-31T00:00:00Z.

A running service reads API_KEYS_FILE again at SIGHUP.
`;

const SCOPES_DEFAULT = 'balance:read,balance:write';
const ID_BYTES = 6;

const options = {
  caller: { type: 'string' },
  scopes: { type: 'string', default: SCOPES_DEFAULT },
  id: { type: 'string' },
  expires: { type: 'string' },
  file: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

interface Given {
  readonly caller?: string;
  readonly scopes: string;
  readonly id?: string;
  readonly expires?: string;
  readonly file?: string;
}

/**
 * Runs `keys` with the arguments after that word; `print` gets what belongs on standard output. Throws AccessError, the
 * error of parseArgs, or the system's when a file cannot be read or written.
 */
export async function runKeysCommand(args: readonly string[], print: (text: string) => void): Promise<void> {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (values.help === true) return print(KEYS_USAGE);
  const [name, ...more] = positionals;
  if (more.length > 0) throw new AccessError(KEYS_USAGE);
  switch (name) {
    case 'create':
      return create(values, print);
    case 'list':
      return list(needed(values.file), print);
    case 'revoke':
      return revoke(needed(values.file), needed(values.id), print);
    default:
      throw new AccessError(KEYS_USAGE);
  }
}

function needed(value: string | undefined): string {
  if (value === undefined) throw new AccessError(KEYS_USAGE);
  return value;
}

async function create(given: Given, print: (text: string) => void): Promise<void> {
  const id = given.id ?? randomBytes(ID_BYTES).toString('hex');
  const key = createApiKey(id);
  const record = recordOf(key, id, given);
  if (given.file === undefined) {
    print(`${key}\n${JSON.stringify(record)}\n`);
    return;
  }
  await changeKeyFile(given.file, (records) => {
    if (records.some((other) => other.id === id)) throw new AccessError(`There is a key with the id ${id} already.`);
    return [...records, record];
  });
  // Only now: a key that could not be kept must not be handed out.
  print(`${key}\n`);
}

function recordOf(key: string, id: string, given: Given): ApiKeyRecord {
  const record = {
    id,
    caller: needed(given.caller),
    sha256: digestOf(key).toString('hex'),
    scopes: given.scopes.split(','),
    ...(given.expires !== undefined && { expiresAt: given.expires }),
  };
  const [checked] = parseApiKeyRecords(JSON.stringify([record]), 'This key');
  if (given.expires !== undefined && !(Date.parse(given.expires) > Date.now())) {
    throw new AccessError('This key would have expired already.');
  }
  return checked as ApiKeyRecord;
}

async function list(path: string, print: (text: string) => void): Promise<void> {
  const rows = (await readKeyFile(path)).map(({ id, caller, scopes, expiresAt }) => [
    id,
    caller,
    scopes.join(','),
    expiresAt ?? 'never',
  ]);
  const table = [['ID', 'CALLER', 'SCOPES', 'EXPIRES'], ...rows];
  const widthOf = (column: number) => Math.max(...table.map((row) => row[column]?.length ?? 0));
  const widths = [0, 1, 2].map(widthOf);
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  print(`${lines.join('\n')}\n`);
}

async function revoke(path: string, id: string, print: (text: string) => void): Promise<void> {
  await changeKeyFile(path, (records) => {
    const kept = records.filter((record) => record.id !== id);
    if (kept.length === records.length) throw new AccessError(`There is no key with the id ${id}.`);
    return kept;
  });
  print(`The key ${id} is out of the file. A running service accepts it until it gets SIGHUP.\n`);
}
