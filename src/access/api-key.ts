import { hash, randomBytes } from 'node:crypto';

/** Begins every key, so that a scanner of repositories and logs can find one that has leaked. */
export const API_KEY_PREFIX = 'hub_';

const SECRET_BYTES = 32;
const API_KEY = /^hub_([A-Za-z0-9-]{1,32})_[A-Za-z0-9_-]{43}$/;
const API_KEY_ID = /^[A-Za-z0-9-]{1,32}$/;

export const isApiKeyId = (text: string): boolean => API_KEY_ID.test(text);

/** A new key: `hub_<id>_<256 random bits in base64url>`. */
export function createApiKey(id: string): string {
  return `${API_KEY_PREFIX}${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

/** The id in a key's text; null when the text has not the form of a key. */
export function apiKeyIdOf(text: string): string | null {
  return API_KEY.exec(text)?.[1] ?? null;
}

/**
 * All that is kept of a key. A plain SHA-256 is enough, unlike for a password: nobody tries 2^256 secrets, and a slow
 * hash would be paid by every request.
 */
export function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
