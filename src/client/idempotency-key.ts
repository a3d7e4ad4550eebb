import { refusedLocally } from './client-error.ts';

const KEY = /^[ -~]{1,255}$/;
/** What a header field would not carry as it is: blanks at its ends, and what the service takes for a quoted string. */
const NEEDS_QUOTES = /^[ "]| $/;

/** Throws `invalid_request` when that cannot be a key. */
export function requireKey(key: string): string {
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw refusedLocally('invalid_request', 'An idempotency key has 1 to 255 printable ASCII characters.');
}

/** The key as it is written in the field Idempotency-Key: bare, or as a string of RFC 8941. */
export function writtenKey(key: string): string {
  return NEEDS_QUOTES.test(key) ? `"${key.replace(/["\\]/g, '\\$&')}"` : key;
}
