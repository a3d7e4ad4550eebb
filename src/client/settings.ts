import { type ClientClock, runtimeClock } from './client-clock.ts';
import { refusedLocally } from './client-error.ts';
import type { Credentials } from './credentials.ts';

/** Timers of the runtimes take no longer delay: 2^31-1 ms, which is 24 days. */
const DELAY_MAX_MS = 2 ** 31 - 1;

/** The part of fetch that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface BalanceClientOptions {
  /** Where the service is, with a path prefix if there is one: `https://balances.internal`. */
  readonly baseUrl: string | URL;
  /**
   * Sent as `Authorization: Bearer`. Keys belong to the caller whom they name: while an operation is retried they must
   * name the same one.
   */
  readonly credentials?: Credentials | undefined;
  /** From the call to its outcome or error; 30,000. A call can have its own. */
  readonly timeoutMs?: number | undefined;
  /** One attempt; 6,000. The service answers within its REQUEST_TIMEOUT_MS, 5,000: less than that gives up too early. */
  readonly attemptTimeoutMs?: number | undefined;
  /** Attempts of one operation; 100: it is the time that is to run out first. */
  readonly attemptsMax?: number | undefined;
  /**
   * The pause after the first attempt is up to `pauseFirstMs`, 50, and the limit doubles with each, up to `pauseMaxMs`,
   * 2,000. The pause itself is drawn evenly from 0 to that limit, so that many callers do not return at once. It comes
   * on top of a Retry-After.
   */
  readonly pauseFirstMs?: number | undefined;
  readonly pauseMaxMs?: number | undefined;
  /** Instead of the runtime's. It must send each request at most once. */
  readonly fetch?: Fetch | undefined;
  readonly clock?: ClientClock | undefined;
  /** Makes the key of a change that comes without one; a random UUID. No key may come twice. */
  readonly newIdempotencyKey?: (() => string) | undefined;
}

export interface Settings {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly credentials: Credentials | null;
  readonly timeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly attemptsMax: number;
  readonly pauseFirstMs: number;
  readonly pauseMaxMs: number;
  readonly fetch: Fetch;
  readonly clock: ClientClock;
  readonly newIdempotencyKey: () => string;
}

/** Throws `invalid_options`. */
export function readSettings(options: BalanceClientOptions): Settings {
  return {
    baseUrl: readBaseUrl(options.baseUrl),
    credentials: options.credentials ?? null,
    timeoutMs: readInteger('timeoutMs', options.timeoutMs ?? 30_000, DELAY_MAX_MS),
    attemptTimeoutMs: readInteger('attemptTimeoutMs', options.attemptTimeoutMs ?? 6000, DELAY_MAX_MS),
    attemptsMax: readInteger('attemptsMax', options.attemptsMax ?? 100, 1_000_000),
    pauseFirstMs: readInteger('pauseFirstMs', options.pauseFirstMs ?? 50, DELAY_MAX_MS),
    pauseMaxMs: readInteger('pauseMaxMs', options.pauseMaxMs ?? 2000, DELAY_MAX_MS),
    // Browsers refuse their fetch as a method of something else.
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    clock: options.clock ?? runtimeClock,
    newIdempotencyKey: options.newIdempotencyKey ?? (() => crypto.randomUUID()),
  };
}

function readInteger(name: string, value: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= max) return value;
  throw refusedLocally('invalid_options', `${name} must be an integer from 1 to ${max}, not ${String(value)}.`);
}

function readBaseUrl(given: string | URL): string {
  const url = URL.canParse(String(given)) ? new URL(given) : null;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url === null || !isHttp || `${url.search}${url.hash}${url.username}${url.password}` !== '') {
    // It is not repeated: it may have a password in it.
    throw refusedLocally('invalid_options', 'baseUrl must be an http or https URL without user, query and fragment.');
  }
  return url.href.replace(/\/+$/, '');
}
