import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { AccessError, type ApiKeyRecord, parseApiKeyRecords } from './api-key-records.ts';
import type { AccessSettings, JwtSettings } from './settings.ts';

export interface TokenIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  readonly keys: { readonly kind: 'jwks'; readonly url: string } | { readonly kind: 'pem'; readonly pem: string };
}

/** What is accepted as proof of who a caller is. Plain data: the launcher reads it and its workers get it. */
export interface AcceptedCredentials {
  /** Null when keys are not configured; an empty list accepts none. */
  readonly apiKeys: readonly ApiKeyRecord[] | null;
  readonly issuer: TokenIssuer | null;
}

/** Reads what the settings name; null when no authentication is configured. Throws AccessError. */
export function readCredentials(settings: AccessSettings): AcceptedCredentials | null {
  const apiKeys = readApiKeys(settings);
  const issuer = settings.jwt === null ? null : readIssuer(settings.jwt);
  return apiKeys === null && issuer === null ? null : { apiKeys, issuer };
}

/** True where nobody can pass: keys are asked for, and there is none. */
export const acceptsNobody = ({ apiKeys, issuer }: AcceptedCredentials): boolean =>
  issuer === null && apiKeys?.length === 0;

function readApiKeys({ apiKeys, apiKeysFile }: AccessSettings): readonly ApiKeyRecord[] | null {
  const fromFile =
    apiKeysFile === undefined ? [] : parseApiKeyRecords(readText(apiKeysFile, 'API_KEYS_FILE'), 'API_KEYS_FILE');
  const fromEnvironment = apiKeys === undefined ? [] : parseApiKeyRecords(apiKeys, 'API_KEYS');
  const ids = new Set(fromFile.map(({ id }) => id));
  if (fromEnvironment.some(({ id }) => ids.has(id))) {
    throw new AccessError('API_KEYS and API_KEYS_FILE have a key of the same id.');
  }
  return apiKeys === undefined && apiKeysFile === undefined ? null : [...fromFile, ...fromEnvironment];
}

function readIssuer({ keys, ...issuer }: JwtSettings): TokenIssuer {
  if (keys.kind === 'jwks') return { ...issuer, keys };
  const pem = readText(keys.path, 'JWT_PUBLIC_KEY_FILE');
  // A private key would pass as well, but has no business here.
  if (!pem.includes('-----BEGIN PUBLIC KEY-----')) {
    throw new AccessError('JWT_PUBLIC_KEY_FILE must hold a public key in PEM ("BEGIN PUBLIC KEY").');
  }
  try {
    createPublicKey(pem);
  } catch {
    throw new AccessError('JWT_PUBLIC_KEY_FILE holds a public key that cannot be read.');
  }
  return { ...issuer, keys: { kind: 'pem', pem } };
}

function readText(path: string, setting: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new AccessError(`${setting} cannot be read: ${(error as Error).message}`);
  }
}
