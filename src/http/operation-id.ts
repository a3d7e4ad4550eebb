import { randomBytes } from 'node:crypto';
import type { OperationId } from '../domain/operation.ts';
import type { Clock } from '../time/clock.ts';

/** Of the random digits of one id: 1 for the variant, 15 shown after it, 4 from which a counter may start. */
const DIGITS_PER_ID = 20;
const POOL_DIGITS = DIGITS_PER_ID * 1024;
const COUNTER_MAX = 0xfff;
// A fresh counter starts in the lower half, which leaves at least 2,048 ids before a millisecond is full.
const COUNTER_START_MASK = 0x7ff;
// Owners look for an operation from 5 s before its id's time: an id may run ahead of the clock far less than that.
const BACKWARD_MS_MAX = 1000;

const counterGroups = Array.from({ length: COUNTER_MAX + 1 }, (_, i) => `${i.toString(16).padStart(3, '0')}-`);
/** Hex digits that carry the variant bits 10, by the code of a random hex digit: each comes from four of the sixteen. */
const variantOf = Array.from({ length: 128 }, (_, code) => {
  const digit = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(digit) ? '' : (0x8 | (digit & 0x3)).toString(16);
});

/** "tttttttt-tttt-7": the 48 bits of the time and the version digit. */
function prefixAt(unixMs: number): string {
  const hex = unixMs.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7`;
}

/**
 * Makes UUIDv7 text (RFC 9562, section 5.7), ascending within this process: the 12 bits after the version are a counter
 * that starts at random in each millisecond (section 6.2, method 1), the last 62 bits are random.
 *
 * A full millisecond borrows from the next. A wall clock that steps back is waited out on the last time used, unless it
 * stepped further than BACKWARD_MS_MAX: then order starts anew, since a time far ahead would be a lie.
 */
export function createOperationIds(clock: Pick<Clock, 'wallNow'>): () => OperationId {
  // Random digits are drawn many at a time; few pieces per id also make the answer's text quick to copy out.
  let pool = '';
  let at = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  let counter = 0;
  let prefix = '';

  function startMillisecond(unixMs: number): void {
    lastMs = unixMs;
    prefix = prefixAt(unixMs);
    counter = Number.parseInt(pool.slice(at + 16, at + DIGITS_PER_ID), 16) & COUNTER_START_MASK;
  }

  return () => {
    if (at === pool.length) {
      pool = randomBytes(POOL_DIGITS / 2).toString('hex');
      at = 0;
    }
    const now = clock.wallNow();
    if (now > lastMs || now < lastMs - BACKWARD_MS_MAX) startMillisecond(now);
    else if (counter < COUNTER_MAX) counter += 1;
    else startMillisecond(lastMs + 1);
    const variant = variantOf[pool.charCodeAt(at)] + pool.slice(at + 1, at + 4);
    const id = `${prefix}${counterGroups[counter]}${variant}-${pool.slice(at + 4, at + 16)}`;
    at += DIGITS_PER_ID;
    return id as OperationId;
  };
}
