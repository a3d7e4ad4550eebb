import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AccessError, parseApiKeyRecords } from '../../src/access/api-key-records.ts';
import { readCredentials } from '../../src/access/credentials.ts';
import type { AccessSettings } from '../../src/access/settings.ts';
import { aKey } from './keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'user-balance-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const settingsOf = (given: Partial<AccessSettings>): AccessSettings => ({
  isOpen: false,
  apiKeysFile: undefined,
  apiKeys: undefined,
  jwt: null,
  rateLimit: null,
  ...given,
});
const tokens = { issuer: 'https://issuer.test', audience: 'balances', algorithms: ['ES256'] };

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(AccessError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

describe('the records of keys', () => {
  const { key, record } = aKey();
  const wrong: readonly [string, unknown, string][] = [
    ['no list', { keys: [record] }, 'keys must be a list'],
    ['the key itself as its hash', [{ ...record, sha256: key }], 'keys.0.sha256 must be 64 hexadecimal digits'],
    ['the key beside its hash', [{ ...record, [key]: key }], 'keys.0 must be an object of id'],
    ['the key as its scope', [{ ...record, scopes: [key] }], 'keys.0.scopes.0 must be one of'],
    ['the key as its expiry', [{ ...record, expiresAt: key }], 'keys.0.expiresAt must be a time'],
    ['the key as its caller', [{ ...record, caller: `${key} ` }], 'keys.0.caller must be 1 to 128'],
    ['the key as its id', [{ ...record, id: key }], 'keys.0.id must be 1 to 32'],
    ['the key in place of a record', [key], 'keys.0 must be an object'],
    ['no scope', [{ ...record, scopes: [] }], 'keys.0.scopes must not be empty'],
    ['a caller of none', [{ ...record, caller: '' }], 'keys.0.caller must be'],
    ['a caller that could contain the separator', [{ ...record, caller: 'a\u001fb' }], 'keys.0.caller must be'],
    ['two keys of one id', [record, record], 'keys has two keys of one id'],
    ['no member at all', [{}], 'keys.0.sha256 must be'],
  ];

  it.each(wrong)('with %s are refused by place, without their values', (_what, records, expected) => {
    const message = messageOf(() => parseApiKeyRecords(JSON.stringify(records), 'API_KEYS'));
    expect(message).toContain('API_KEYS cannot be used');
    expect(message).toContain(expected);
    expect(message).not.toContain(key.slice(-43));
  });

  it('that are not JSON are refused without a quotation', () => {
    expect(messageOf(() => parseApiKeyRecords(`[${key}]`, 'API_KEYS'))).toBe('API_KEYS is not valid JSON.');
  });
});

describe('the accepted credentials', () => {
  it('are absent without any settings, and an empty list is not absence', () => {
    expect(readCredentials(settingsOf({}))).toBeNull();
    expect(readCredentials(settingsOf({ apiKeys: '[]' }))).toEqual({ apiKeys: [], issuer: null });
  });

  it('come from the file and from the environment together', () => {
    const [one, two] = [aKey({ id: 'one' }).record, aKey({ id: 'two' }).record];
    const apiKeysFile = fileOf('keys.json', JSON.stringify([one]));
    const apiKeys = JSON.stringify([two]);
    expect(readCredentials(settingsOf({ apiKeysFile, apiKeys }))?.apiKeys).toEqual([one, two]);
    expect(messageOf(() => readCredentials(settingsOf({ apiKeysFile, apiKeys: JSON.stringify([one]) })))).toMatch(
      'same id',
    );
  });

  it('name a file that is missing', () => {
    const apiKeysFile = join(folder, 'missing.json');
    expect(messageOf(() => readCredentials(settingsOf({ apiKeysFile })))).toMatch(/API_KEYS_FILE.*ENOENT/);
  });

  it('take a public key, and neither a private key nor nonsense', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const secret = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const read = (name: string, text: string) =>
      readCredentials(settingsOf({ jwt: { ...tokens, keys: { kind: 'file', path: fileOf(name, text) } } }));
    expect(read('public.pem', pem)?.issuer).toEqual({ ...tokens, keys: { kind: 'pem', pem } });
    expect(messageOf(() => read('private.pem', secret))).not.toContain(secret.split('\n')[1] as string);
    expect(messageOf(() => read('broken.pem', pem.replace(/\n[^-]{20}/, '\nAAAA')))).toMatch('cannot be read');
  });
});
