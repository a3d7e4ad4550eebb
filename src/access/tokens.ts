import type { JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../time/clock.ts';
import { digestOf } from './api-key.ts';
import { CALLER_LENGTH_MAX, type Caller, type Identification } from './caller.ts';
import type { TokenIssuer } from './credentials.ts';
import { isScope, type Scope } from './scope.ts';
import { IssuerUnreachable, type KeyPlace, openIssuerKeys } from './token-issuer-keys.ts';

const CLOCK_TOLERANCE_S = 5;
const KNOWN_MAX = 10_000;
/** A verified token is not verified again for so long; a key that its issuer withdraws counts no longer than this. */
const KNOWN_FOR_MS = 60_000;
/** Kept apart from the known ones, so that a flood of forged tokens pushes no good one out. */
const REFUSED_MAX = 10_000;
/** Short: the key of a token may be published a moment after it. */
const REFUSED_FOR_MS = 5000;
/**
 * Tokens being verified at the same time, less than a second's work; and as many may wait for the issuer. Those beyond
 * are not judged. They are not counted by address: behind a load balancer all have the same.
 */
const VERIFYING_MAX = 4096;
const TOKEN_LENGTH_MAX = 8192;

const NAME = new RegExp(`^[ -~]{1,${CALLER_LENGTH_MAX}}$`);
const THREE_PARTS = /^[^.]+\.[^.]*\.[^.]+$/;
const invalid: Identification = { kind: 'doubtful', reason: 'invalid_token' };

interface KnownToken {
  readonly identification: Identification;
  /** Wall-clock ms since 1970. */
  readonly untilMs: number;
}

interface Verifier {
  verify(token: string): Promise<JWTPayload>;
  /** Where the key of a token is, by its header. A token of an unknown key would be refused whatever its signature is. */
  findKey(token: string): KeyPlace;
}

/**
 * JWT bearer tokens of one issuer. A token is unknown, being verified (whoever brings it meanwhile waits for the same
 * check), known until it expires or a minute has passed, or refused for some seconds. One that could not be judged is
 * unknown again.
 */
export class Tokens {
  readonly #issuer: TokenIssuer;
  readonly #clock: Clock;
  readonly #verifying = new Map<string, Promise<Identification>>();
  /** Of those, by where their keys are: whoever waits for the issuer takes no place of those who need not. */
  readonly #places = { here: 0, at_issuer: 0 };
  readonly #known = new LRUCache<string, KnownToken>({ max: KNOWN_MAX });
  /** Until when, wall-clock ms since 1970. */
  readonly #refused = new LRUCache<string, number>({ max: REFUSED_MAX });
  readonly #opening: Promise<Verifier>;
  #verifier: Verifier | null = null;

  constructor(issuer: TokenIssuer, clock: Clock) {
    this.#issuer = issuer;
    this.#clock = clock;
    this.#opening = this.#open();
    this.#opening.then(
      (verifier) => {
        this.#verifier = verifier;
      },
      // Whoever needs it hears of its failure.
      () => undefined,
    );
  }

  identify(token: string): Identification | Promise<Identification> {
    // Kept by digest, so that no token lies about in memory longer than its request.
    const digest = digestOf(token).toString('base64');
    const nowMs = this.#clock.wallNow();
    const known = this.#known.get(digest);
    if (known !== undefined && nowMs < known.untilMs) return known.identification;
    if (nowMs < (this.#refused.get(digest) ?? 0)) return invalid;
    return this.#verifying.get(digest) ?? this.#begin(token, digest);
  }

  #begin(token: string, digest: string): Identification | Promise<Identification> {
    const place = this.#findKey(token);
    if (place === 'nowhere') return invalid;
    if (this.#places[place] >= VERIFYING_MAX) return { kind: 'undecided', reason: 'too_many_tokens' };
    this.#places[place] += 1;
    const verified = this.#verify(token, digest).finally(() => {
      this.#places[place] -= 1;
      this.#verifying.delete(digest);
    });
    this.#verifying.set(digest, verified);
    return verified;
  }

  #findKey(token: string): KeyPlace {
    if (token.length > TOKEN_LENGTH_MAX || !THREE_PARTS.test(token)) return 'nowhere';
    return this.#verifier?.findKey(token) ?? 'at_issuer';
  }

  async #verify(token: string, digest: string): Promise<Identification> {
    try {
      const { verify } = await this.#opening;
      const payload = await verify(token);
      const caller = callerOf(payload);
      if (caller === null) return this.#refuse(digest);
      const identification: Identification = { kind: 'caller', caller };
      const untilMs = Math.min((payload.exp as number) * 1000, this.#clock.wallNow() + KNOWN_FOR_MS);
      this.#known.set(digest, { identification, untilMs });
      return identification;
    } catch (error) {
      if (error instanceof IssuerUnreachable) return { kind: 'undecided', reason: 'issuer_unreachable' };
      // All else that is thrown here is about the token, a key of another type than its algorithm included.
      return this.#refuse(digest);
    }
  }

  #refuse(digest: string): Identification {
    this.#refused.set(digest, this.#clock.wallNow() + REFUSED_FOR_MS);
    return invalid;
  }

  async #open(): Promise<Verifier> {
    const { issuer, audience, algorithms, keys } = this.#issuer;
    const clock = this.#clock;
    const [{ jwtVerify, decodeProtectedHeader }, { keyOf, find }] = await Promise.all([
      import('jose'),
      openIssuerKeys(keys, clock),
    ]);
    return {
      async verify(token) {
        const { payload } = await jwtVerify(token, keyOf, {
          issuer,
          audience,
          algorithms: [...algorithms],
          requiredClaims: ['exp', 'sub'],
          clockTolerance: CLOCK_TOLERANCE_S,
          currentDate: new Date(clock.wallNow()),
        });
        return payload;
      },
      findKey(token) {
        try {
          const { alg, kid } = decodeProtectedHeader(token);
          return alg !== undefined && algorithms.includes(alg) ? find(kid) : 'nowhere';
        } catch {
          return 'nowhere';
        }
      },
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
