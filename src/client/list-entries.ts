import { isInteger, isObject, isRefusalCode, isTime, isUuid } from './answer-members.ts';
import { requirePage, requireUserId } from './arguments.ts';
import type { EntriesOutcome, LedgerEntry } from './outcomes.ts';
import type { Call } from './settle.ts';
import type { Reply } from './verdict.ts';

/** Which entries of a user. */
export interface EntriesRange {
  /** Of one page: 1 to 1000; 100. */
  readonly limit?: number | undefined;
  /** Only versions below this one: the `nextBefore` of the page before. */
  readonly before?: number | undefined;
  /** Lists recorded refusals too. */
  readonly refused?: boolean | undefined;
}

const LIMIT_DEFAULT = 100;

/** GET /api/users/:userId/entries. Throws `invalid_request` when the service would not take it. */
export function callToListEntries(userId: number, range: EntriesRange): Call<EntriesOutcome> {
  const { limit = LIMIT_DEFAULT, before, refused = false } = range;
  requireUserId(userId);
  requirePage(limit, before);
  const query = `limit=${limit}${before === undefined ? '' : `&before=${before}`}${refused ? '&refused=true' : ''}`;
  return {
    request: { method: 'GET', path: `/api/users/${userId}/entries?${query}`, body: null, idempotencyKey: null },
    read: (reply) => readPage(userId, limit, before, reply),
    repetition: 'reading',
    idempotencyKey: null,
  };
}

function readPage(userId: number, limit: number, before: number | undefined, reply: Reply): EntriesOutcome | null {
  const { status, members } = reply;
  if (members === null) return null;
  if (status === 404 && members.code === 'user_not_found') return { kind: 'user_not_found', userId };
  const { entries: listed, nextBefore } = members;
  if (status !== 200 || !Array.isArray(listed) || listed.length > limit) return null;
  const entries: LedgerEntry[] = [];
  let last = before ?? Number.POSITIVE_INFINITY;
  for (const item of listed) {
    const entry = readEntry(item);
    // Whoever walks the pages would otherwise see an entry twice, or never come to an end.
    if (entry === null || entry.version >= last) return null;
    last = entry.version;
    entries.push(entry);
  }
  const isLast = nextBefore === null;
  return isLast || (entries.length > 0 && nextBefore === last)
    ? { kind: 'entries', entries, nextBefore: isLast ? null : last }
    : null;
}

function readEntry(item: unknown): LedgerEntry | null {
  if (!isObject(item)) return null;
  const { version, amount, balance, operationId, createdAt, refused } = item;
  const hasNumbers = isInteger(version, 1) && isInteger(amount, Number.MIN_SAFE_INTEGER) && isInteger(balance, 0);
  if (!hasNumbers || !isUuid(operationId) || !isTime(createdAt)) return null;
  const entry = { version, amount, balance, operationId, createdAt };
  if (refused === undefined) return entry;
  if (!isObject(refused)) return null;
  const { requested, code } = refused;
  if (!isInteger(requested, Number.MIN_SAFE_INTEGER) || !isRefusalCode(code)) return null;
  return { ...entry, refused: { requested, code } };
}
