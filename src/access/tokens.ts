import type { JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../time/clock.ts';
import { digestOf } from './api-key.ts';
import { CALLER_LENGTH_MAX, type Caller, type Identification } from './caller.ts';
import type { TokenIssuer } from './credentials.ts';
import { isScope, type Scope } from './scope.ts';
import { IssuerUnreachable, openIssuerKeys } from './token-issuer-keys.ts';

const CLOCK_TOLERANCE_S = 5;
const KNOWN_MAX = 10_000;
/** A verified token is not verified again for so long; a key that its issuer withdraws counts no longer than this. */
const KNOWN_FOR_MS = 60_000;
/** Signatures are checked on a few threads; tokens beyond this are not judged at all. */
const VERIFYING_MAX = 256;

const NAME = new RegExp(`^[ -~]{1,${CALLER_LENGTH_MAX}}$`);
const invalid: Identification = { kind: 'doubtful', reason: 'invalid_token' };

interface KnownToken {
  readonly identification: Identification;
  /** Wall-clock ms since 1970. */
  readonly untilMs: number;
}

/**
 * JWT bearer tokens of one issuer. A token is unknown, being verified (whoever brings it meanwhile waits for the same
 * check), or known until it expires or a minute has passed. Tokens that were refused are not kept.
 */
export class Tokens {
  readonly #issuer: TokenIssuer;
  readonly #clock: Clock;
  readonly #verifying = new Map<string, Promise<Identification>>();
  readonly #known = new LRUCache<string, KnownToken>({ max: KNOWN_MAX });
  readonly #verify: Promise<(token: string) => Promise<JWTPayload>>;

  constructor(issuer: TokenIssuer, clock: Clock) {
    this.#issuer = issuer;
    this.#clock = clock;
    this.#verify = this.#open();
    // Whoever needs it hears of its failure.
    this.#verify.catch(() => undefined);
  }

  identify(token: string): Identification | Promise<Identification> {
    // Kept by digest, so that no token lies about in memory longer than its request.
    const digest = digestOf(token).toString('base64');
    const known = this.#known.get(digest);
    if (known !== undefined && this.#clock.wallNow() < known.untilMs) return known.identification;
    const running = this.#verifying.get(digest);
    if (running !== undefined) return running;
    if (this.#verifying.size >= VERIFYING_MAX) return { kind: 'undecided', reason: 'too_many_tokens' };
    const verified = this.#identify(token, digest).finally(() => this.#verifying.delete(digest));
    this.#verifying.set(digest, verified);
    return verified;
  }

  async #identify(token: string, digest: string): Promise<Identification> {
    try {
      const verify = await this.#verify;
      const payload = await verify(token);
      const caller = callerOf(payload);
      if (caller === null) return invalid;
      const identification: Identification = { kind: 'caller', caller };
      const untilMs = Math.min((payload.exp as number) * 1000, this.#clock.wallNow() + KNOWN_FOR_MS);
      this.#known.set(digest, { identification, untilMs });
      return identification;
    } catch (error) {
      // All else that is thrown here is about the token, a key of another type than its algorithm included.
      return error instanceof IssuerUnreachable ? { kind: 'undecided', reason: 'issuer_unreachable' } : invalid;
    }
  }

  async #open(): Promise<(token: string) => Promise<JWTPayload>> {
    const { issuer, audience, algorithms, keys } = this.#issuer;
    const [{ jwtVerify }, getKey] = await Promise.all([import('jose'), openIssuerKeys(keys)]);
    return async (token) => {
      const { payload } = await jwtVerify(token, getKey, {
        issuer,
        audience,
        algorithms: [...algorithms],
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: new Date(this.#clock.wallNow()),
      });
      return payload;
    };
  }
}

function callerOf(payload: JWTPayload): Caller | null {
  const { sub } = payload;
  if (typeof sub !== 'string' || !NAME.test(sub)) return null;
  return { name: sub, scopes: scopesOf(payload), keyId: null };
}

/** From `scope`, one text with spaces (RFC 8693), or from `scp`, the same or a list. Scopes of others are left out. */
function scopesOf({ scope, scp }: JWTPayload): ReadonlySet<Scope> {
  const given = scope ?? scp;
  const names: readonly unknown[] = typeof given === 'string' ? given.split(' ') : Array.isArray(given) ? given : [];
  return new Set(names.filter((name): name is Scope => typeof name === 'string' && isScope(name)));
}
