import { randomBytes } from 'node:crypto';
import { createApiKey, digestOf } from '../access/api-key.ts';
import { AccessError, type ApiKeyRecord, parseApiKeyRecords } from '../access/api-key-records.ts';
import { changeKeyFile, readKeyFile } from '../access/key-file.ts';
import { type Answer, CommandError } from './answer.ts';
import { EXIT } from './exit-codes.ts';
import { textTable } from './text-table.ts';

const ID_BYTES = 6;

export interface KeyWanted {
  readonly caller: string;
  /** With commas. */
  readonly scopes: string;
  readonly id?: string;
  readonly expires?: string;
  readonly file?: string;
}

/**
 * The command `keys create`. Throws AccessError, or the system's error when the file cannot be read or written; there is no
 * key then.
 */
export async function createKey(wanted: KeyWanted): Promise<Answer> {
  const id = wanted.id ?? randomBytes(ID_BYTES).toString('hex');
  const key = createApiKey(id);
  const record = fromArguments(() => recordOf(key, id, wanted));
  const { file } = wanted;
  if (file !== undefined) {
    await changeKeyFile(file, (records) => {
      if (records.some((other) => other.id === id)) throw new AccessError(`There is a key with the id ${id} already.`);
      return [...records, record];
    });
  }
  // Only now: a key that could not be kept must not be handed out.
  return {
    exitCode: EXIT.done,
    text: file === undefined ? `${key}\n${JSON.stringify(record)}\n` : `${key}\n`,
    json: { key, record, file: file ?? null },
  };
}

/** What the arguments say; when that cannot be, they were wrong. */
function fromArguments<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof AccessError) throw new CommandError(EXIT.usage, error.message, error);
    throw error;
  }
}

function recordOf(key: string, id: string, { caller, scopes, expires }: KeyWanted): ApiKeyRecord {
  const record = {
    id,
    caller,
    sha256: digestOf(key).toString('hex'),
    scopes: scopes.split(','),
    ...(expires !== undefined && { expiresAt: expires }),
  };
  const [checked] = parseApiKeyRecords(JSON.stringify([record]), 'This key');
  if (expires !== undefined && !(Date.parse(expires) > Date.now())) {
    throw new AccessError('This key would have expired already.');
  }
  return checked as ApiKeyRecord;
}

/** The command `keys list`. */
export async function listKeys({ file }: { readonly file: string }): Promise<Answer> {
  const keys = (await readKeys(file)).map(({ id, caller, scopes, expiresAt = null }) => ({
    id,
    caller,
    scopes,
    expiresAt,
  }));
  const rows = keys.map(({ id, caller, scopes, expiresAt }) => [id, caller, scopes.join(','), expiresAt ?? 'never']);
  return {
    exitCode: EXIT.done,
    text: textTable(['left', 'left', 'left', 'left'], [['ID', 'CALLER', 'SCOPES', 'EXPIRES'], ...rows]),
    json: { keys },
  };
}

async function readKeys(file: string): Promise<readonly ApiKeyRecord[]> {
  try {
    return await readKeyFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const advice = `"user-balance keys create --caller NAME --file ${file}" makes it.`;
    throw new CommandError(EXIT.failed, `There is no file ${file}: ${advice}`, error);
  }
}

/** The command `keys revoke`. */
export async function revokeKey({ file, id }: { readonly file: string; readonly id: string }): Promise<Answer> {
  await changeKeyFile(file, (records) => {
    const kept = records.filter((record) => record.id !== id);
    if (kept.length < records.length) return kept;
    throw new AccessError(
      `There is no key with the id ${id}: "user-balance keys list --file ${file}" names those there are.`,
    );
  });
  return {
    exitCode: EXIT.done,
    text: `The key ${id} is out of the file. A running service accepts it until it gets SIGHUP.\n`,
    json: { revoked: id },
  };
}
