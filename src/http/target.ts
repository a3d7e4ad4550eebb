import { INTEGER_MAX, type UserId } from '../domain/operation.ts';

export const CHANGE_PATH = '/api/users/update-balance';
export const BATCH_PATH = '/api/users/update-balances';
const USERS_PREFIX = '/api/users/';
const BALANCE_SUFFIX = '/balance';
const DIGITS_MAX = String(INTEGER_MAX).length;

/** An integer of at least 1 written in its only way: plain digits, no sign, no leading zero. Null if it is not one. */
export function parsePositiveInteger(text: string, max: number): number | null {
  if (text.length === 0 || text.length > DIGITS_MAX || text.charCodeAt(0) === 0x30) return null;
  let value = 0;
  for (let i = 0; i < text.length; i += 1) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }
  return value <= max ? value : null;
}

/**
 * The user in `/api/users/:userId/...`, judged as written: an escaped digit is not a digit. Null if it is not an id.
 */
export function parseUserIdInPath(url: string): UserId | null {
  const id = url.slice(USERS_PREFIX.length, url.indexOf('/', USERS_PREFIX.length));
  return parsePositiveInteger(id, INTEGER_MAX) as UserId | null;
}

/** True for `/api/users/<digits>/balance` and nothing else. */
export function isBalancePath(url: string): boolean {
  const end = url.length - BALANCE_SUFFIX.length;
  if (end <= USERS_PREFIX.length || !url.startsWith(USERS_PREFIX) || !url.endsWith(BALANCE_SUFFIX)) return false;
  for (let i = USERS_PREFIX.length; i < end; i += 1) {
    const code = url.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

/** The part after the first `?`, or null without one. */
export function queryOf(url: string): string | null {
  const at = url.indexOf('?');
  return at === -1 ? null : url.slice(at + 1);
}

/** Turns the absolute form of a request target, which RFC 9112 (3.2.2) obliges a server to take, into a path. */
export function toOriginForm(url: string): string {
  const match = /^https?:\/\/[^/?#]*(.*)$/i.exec(url);
  if (match === null) return url;
  const rest = match[1] as string;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** True when every character is printable ASCII that may stand in a path or query (no `#`, no `\`). */
export function isPlainTarget(url: string): boolean {
  for (let i = 0; i < url.length; i += 1) {
    const code = url.charCodeAt(i);
    if (code <= 0x20 || code > 0x7e || code === 0x23 || code === 0x5c) return false;
  }
  return true;
}
