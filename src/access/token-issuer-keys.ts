import { createPublicKey, type KeyObject } from 'node:crypto';
import type { JWTVerifyGetKey } from 'jose';
import type { TokenIssuer } from './credentials.ts';

const FETCH_WITHIN_MS = 3000;
/** A token with an unknown key id fetches the list again, but no more often than this, whoever sends such tokens. */
const COOLDOWN_MS = 30_000;
const LIST_AGE_MAX_MS = 10 * 60_000;

/** The issuer's list could not be had: nothing is known of the token. */
export class IssuerUnreachable extends Error {
  override readonly name = 'IssuerUnreachable';
}

/** The keys that an issuer signs with. */
export async function openIssuerKeys(keys: TokenIssuer['keys']): Promise<JWTVerifyGetKey | (() => KeyObject)> {
  if (keys.kind === 'pem') {
    const key = createPublicKey(keys.pem);
    return () => key;
  }
  const { createRemoteJWKSet, errors } = await import('jose');
  const fetchKey = createRemoteJWKSet(new URL(keys.url), {
    timeoutDuration: FETCH_WITHIN_MS,
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: LIST_AGE_MAX_MS,
  });
  return async (header, token) => {
    try {
      return await fetchKey(header, token);
    } catch (error) {
      // These are about the token: the list was there and holds no key for it.
      const { JWKSNoMatchingKey, JWKSMultipleMatchingKeys, JOSENotSupported } = errors;
      const isAboutToken = [JWKSNoMatchingKey, JWKSMultipleMatchingKeys, JOSENotSupported].some(
        (kind) => error instanceof kind,
      );
      throw isAboutToken ? error : new IssuerUnreachable((error as Error).message);
    }
  };
}
