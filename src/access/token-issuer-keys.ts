import { createPublicKey } from 'node:crypto';
import type { ExportedJWKSCache, JWKSCacheInput, JWTVerifyGetKey } from 'jose';
import type { Clock } from '../time/clock.ts';
import type { TokenIssuer } from './credentials.ts';

const FETCH_WITHIN_MS = 3000;
/** The list is fetched no more often than this, whether it came or not, and whoever sends tokens of unknown keys. */
const COOLDOWN_MS = 5000;
/** An older list is fetched anew, beside the tokens that it still judges. */
const REFRESH_AFTER_MS = 5 * 60_000;
/** An older list judges nothing before the issuer has been asked. */
const TRUSTED_FOR_MS = 10 * 60_000;
/** While the issuer cannot be reached, the last list goes on for so long. A key that was withdrawn counts as long. */
const STALE_MAX_MS = 60 * 60_000;

/** The issuer's list could not be had: nothing is known of the token. */
export class IssuerUnreachable extends Error {
  override readonly name = 'IssuerUnreachable';
}

/** `nowhere`: the issuer has been asked so lately that it is not asked again. */
export type KeyPlace = 'here' | 'at_issuer' | 'nowhere';

/** The keys that an issuer signs with. */
export interface IssuerKeys {
  /** What jose asks for the key of a token. Rejects with IssuerUnreachable where that cannot be known. */
  readonly keyOf: JWTVerifyGetKey;
  /** Where the key is of a token that names this key id, or none. */
  find(keyId: string | undefined): KeyPlace;
}

export async function openIssuerKeys(keys: TokenIssuer['keys'], clock: Clock): Promise<IssuerKeys> {
  if (keys.kind === 'jwks') return openPublishedKeys(keys.url, clock);
  const key = createPublicKey(keys.pem);
  return { keyOf: async () => key, find: () => 'here' };
}

/**
 * The list is missing, fresh, due (fetched anew in the background), doubtful (the issuer is asked first), or, once the
 * issuer did not answer, stale: it goes on while the issuer is asked again in the background. After STALE_MAX_MS it is
 * missing. jose keeps the list and lets everybody wait for one fetch; a failed one it would repeat at once.
 */
async function openPublishedKeys(url: string, clock: Clock): Promise<IssuerKeys> {
  const { createRemoteJWKSet, customFetch, jwksCache, errors } = await import('jose');
  const { JWKSNoMatchingKey, JWKSMultipleMatchingKeys, JOSENotSupported } = errors;
  // These are about the token: the list was there and holds no key for it.
  const tokenErrors = [JWKSNoMatchingKey, JWKSMultipleMatchingKeys, JOSENotSupported];
  const cache: Partial<ExportedJWKSCache> = {};
  /** Monotonic ms; null once a list came. */
  let failedAtMs: number | null = null;

  const isCoolingDown = () => failedAtMs !== null && clock.now() < failedAtMs + COOLDOWN_MS;
  const fetchKey = createRemoteJWKSet(new URL(url), {
    timeoutDuration: FETCH_WITHIN_MS,
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: STALE_MAX_MS,
    [jwksCache]: cache as JWKSCacheInput,
    [customFetch]: (address: string, options: RequestInit) => {
      if (isCoolingDown()) throw new IssuerUnreachable('The issuer did not answer a moment ago');
      return fetch(address, options);
    },
  });

  function noteFailure(): void {
    // A refusal of ours is no news of the issuer.
    if (!isCoolingDown()) failedAtMs = clock.now();
  }

  function refresh(): Promise<void> {
    if (isCoolingDown()) return Promise.resolve();
    return fetchKey.reload().then(() => {
      failedAtMs = null;
    }, noteFailure);
  }

  async function keepCurrent(): Promise<void> {
    const ageMs = clock.wallNow() - (cache.uat ?? Number.NEGATIVE_INFINITY);
    if (ageMs <= REFRESH_AFTER_MS || ageMs >= STALE_MAX_MS) return;
    const isAway = failedAtMs !== null;
    const refreshed = refresh();
    if (ageMs > TRUSTED_FOR_MS && !isAway) await refreshed;
  }

  return {
    async keyOf(header, token) {
      await keepCurrent();
      const fetchedAtMs = cache.uat;
      try {
        const key = await fetchKey(header, token);
        if (cache.uat !== fetchedAtMs) failedAtMs = null;
        return key;
      } catch (error) {
        if (tokenErrors.some((kind) => error instanceof kind)) throw error;
        noteFailure();
        throw new IssuerUnreachable((error as Error).message);
      }
    },
    find(keyId) {
      const keys = cache.jwks?.keys;
      if (keys !== undefined && (keyId === undefined || keys.some(({ kid }) => kid === keyId))) return 'here';
      return keyId !== undefined && fetchKey.coolingDown ? 'nowhere' : 'at_issuer';
    },
  };
}
