import type { ClientClock } from './client-clock.ts';

const SECONDS = /^\d{1,9}$/;
/** The one form of a date that senders may write (RFC 9110, section 5.6.7). */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/** How long Retry-After (RFC 9110, section 10.2.3) asks to wait, in ms; null when it is absent or says nothing. */
export function readRetryAfterMs(value: string | null, clock: Pick<ClientClock, 'wallNow'>): number | null {
  if (value === null) return null;
  if (SECONDS.test(value)) return Number(value) * 1000;
  const atMs = HTTP_DATE.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - clock.wallNow());
}
