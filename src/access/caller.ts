import type { Scope } from './scope.ts';

export const CALLER_LENGTH_MAX = 128;

/** Who sent a request, as proven by its credentials. */
export interface Caller {
  /**
   * 1 to 128 printable ASCII characters. Idempotency keys and rate limits belong to this name, whether a key or a token
   * has proven it: so a caller may move from one to the other.
   */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** The API key that was used; null for a token. */
  readonly keyId: string | null;
}

/** Why credentials prove nothing. For the log only: the caller is told no more than that they are wrong. */
export type DoubtReason =
  | 'no_credentials'
  | 'not_a_bearer_token'
  | 'unknown_key'
  | 'wrong_secret'
  | 'expired_key'
  | 'keys_not_configured'
  | 'tokens_not_configured'
  | 'invalid_token';

/** What credentials say about their bearer. */
export type Identification =
  | { readonly kind: 'caller'; readonly caller: Caller }
  /** `keyId` and `caller` are given where a record of ours holds them: what a request merely claims is not logged. */
  | { readonly kind: 'doubtful'; readonly reason: DoubtReason; readonly keyId?: string; readonly caller?: string }
  /** They could not be judged: the issuer's keys cannot be had, or too many tokens wait to be verified. */
  | { readonly kind: 'undecided'; readonly reason: 'issuer_unreachable' | 'too_many_tokens' };
