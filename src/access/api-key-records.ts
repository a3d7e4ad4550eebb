import { z } from 'zod';
import { isApiKeyId } from './api-key.ts';
import { CALLER_LENGTH_MAX } from './caller.ts';
import { SCOPES } from './scope.ts';

const KEYS_MAX = 10_000;
const CALLER = new RegExp(`^[A-Za-z0-9._@:|-]{1,${CALLER_LENGTH_MAX}}$`);

// Every message is written out: those of the library may repeat what was given, and that may be a secret.
const apiKeyRecord = z.strictObject(
  {
    id: z.string('must be a text').refine(isApiKeyId, 'must be 1 to 32 letters, digits or "-"'),
    caller: z.string('must be a text').regex(CALLER, 'must be 1 to 128 of the characters A-Z a-z 0-9 . _ @ : | -'),
    sha256: z.string('must be a text').regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits in lower case'),
    scopes: z
      .array(z.enum(SCOPES, `must be one of ${SCOPES.join(', ')}`), 'must be a list')
      .min(1, 'must not be empty'),
    expiresAt: z.iso.datetime({ offset: true, error: 'must be a time like 2030-01-31T00:00:00Z' }).optional(),
  },
  'must be an object of id, caller, sha256, scopes and, if it expires, expiresAt; nothing else',
);

const apiKeyRecords = z
  .array(apiKeyRecord, 'must be a list')
  .max(KEYS_MAX, `must have at most ${KEYS_MAX} keys`)
  .refine((records) => new Set(records.map(({ id }) => id)).size === records.length, 'has two keys of one id');

/** One key as it is kept: its secret cannot be had from this. */
export type ApiKeyRecord = z.infer<typeof apiKeyRecord>;

/** Keys, or tokens, that cannot be used as configured. The message says where and why, and repeats no value. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
}

/** Reads a JSON list of keys. `source` names it in the message. Throws AccessError. */
export function parseApiKeyRecords(text: string, source: string): readonly ApiKeyRecord[] {
  const parsed = apiKeyRecords.safeParse(parseJson(text, source));
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues
    .slice(0, 10)
    .map(({ path, message }) => `  ${['keys', ...path].join('.')} ${message}`);
  throw new AccessError(`${source} cannot be used:\n${lines.join('\n')}`);
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The error of JSON.parse quotes the text.
    throw new AccessError(`${source} is not valid JSON.`);
  }
}
