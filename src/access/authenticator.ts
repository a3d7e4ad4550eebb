import type { Clock } from '../time/clock.ts';
import { API_KEY_PREFIX } from './api-key.ts';
import { ApiKeys } from './api-keys.ts';
import type { DoubtReason, Identification } from './caller.ts';
import type { AcceptedCredentials } from './credentials.ts';
import { Tokens } from './tokens.ts';

const BEARER = /^Bearer +(\S+)$/i;

const doubt = (reason: DoubtReason): Identification => ({ kind: 'doubtful', reason });

/** Tells from an Authorization field who the caller is. An API key is judged at once, a new token is not. */
export class Authenticator {
  readonly #clock: Clock;
  readonly #apiKeys: ApiKeys | null;
  readonly #tokens: Tokens | null;

  constructor({ apiKeys, issuer }: AcceptedCredentials, clock: Clock) {
    this.#clock = clock;
    this.#apiKeys = apiKeys === null ? null : new ApiKeys(apiKeys);
    this.#tokens = issuer === null ? null : new Tokens(issuer, clock);
  }

  identify(authorization: string | undefined): Identification | Promise<Identification> {
    if (authorization === undefined) return doubt('no_credentials');
    const credentials = BEARER.exec(authorization)?.[1];
    if (credentials === undefined) return doubt('not_a_bearer_token');
    if (credentials.startsWith(API_KEY_PREFIX)) {
      return this.#apiKeys?.identify(credentials, this.#clock.wallNow()) ?? doubt('keys_not_configured');
    }
    return this.#tokens?.identify(credentials) ?? doubt('tokens_not_configured');
  }
}
