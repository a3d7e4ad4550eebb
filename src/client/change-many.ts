import { isInteger, isObject } from './answer-members.ts';
import type { ServiceRequest } from './attempt.ts';
import { Attempts, type CallOptions, type Stop } from './attempts.ts';
import { type Change, type KeyedChange, keyed, readChange } from './change.ts';
import { ChangesUnsettledError, type ChangeUnsettled } from './changes-unsettled-error.ts';
import { refusedLocally } from './client-error.ts';
import { writtenKey } from './idempotency-key.ts';
import type { ChangeOutcome } from './outcomes.ts';
import type { Settings } from './settings.ts';
import { isPossiblyApplied, messageOf } from './settle.ts';
import { judgeAttempt, judgeReply, type Reply, type Verdict } from './verdict.ts';

const CHANGES_MAX = 10_000;

/** One change of the batch, and what its last attempt has told. */
interface Item {
  readonly change: KeyedChange;
  mayBeApplied: boolean;
  verdict: Verdict<ChangeOutcome> | null;
}

/**
 * POST /api/users/update-balances, until each change is settled: what an attempt leaves open is sent again, under the same
 * keys. Throws ChangesUnsettledError when some stay open.
 */
export async function changeMany(
  settings: Settings,
  changes: readonly Change[],
  options: CallOptions,
): Promise<readonly ChangeOutcome[]> {
  if (changes.length < 1 || changes.length > CHANGES_MAX) {
    throw refusedLocally('invalid_request', `A batch has 1 to ${CHANGES_MAX} changes, not ${changes.length}.`);
  }
  const items = changes.map((change) => itemOf(keyed(change, settings.newIdempotencyKey)));
  const attempts = new Attempts(settings, options);
  let open: readonly Item[] = items;
  let stop: Stop | null = null;
  while (open.length > 0 && stop === null) {
    await attemptAll(attempts, open);
    open = open.filter(({ verdict }) => verdict?.kind === 'again');
    if (open.length > 0) stop = await attempts.pause(retryAfterOf(open));
  }
  const outcomes = items.map((item) => outcomeOf(item, stop, attempts.made));
  if (outcomes.every((outcome) => outcome.kind !== 'unsettled')) return outcomes;
  throw new ChangesUnsettledError(
    outcomes,
    attempts.made,
    stop === 'aborted' ? options.signal?.reason : causeOf(items),
  );
}

const itemOf = (change: KeyedChange): Item => ({ change, mayBeApplied: false, verdict: null });

/** Makes one attempt with all these items, and gives each its verdict. */
async function attemptAll(attempts: Attempts, items: readonly Item[]): Promise<void> {
  const whole = judgeAttempt(await attempts.make(requestFor(items)), (reply) => readReplies(reply, items.length));
  for (const [index, item] of items.entries()) {
    const reply = whole.kind === 'settled' ? whole.outcome[index] : undefined;
    const verdict = whole.kind === 'settled' ? verdictOn(item.change, reply as Reply) : whole;
    if (verdict.kind !== 'settled') item.mayBeApplied = isPossiblyApplied(item.mayBeApplied, verdict);
    item.verdict = verdict;
  }
}

function requestFor(items: readonly Item[]): ServiceRequest {
  const operations = items.map(({ change: { userId, amount, idempotencyKey } }) => ({
    userId,
    amount,
    idempotencyKey: writtenKey(idempotencyKey),
  }));
  const body = JSON.stringify({ operations });
  return { method: 'POST', path: '/api/users/update-balances', body, idempotencyKey: null };
}

/** One reply for each item, in their order; null when the answer is none to a batch of so many. */
function readReplies({ status, members }: Reply, count: number): readonly Reply[] | null {
  const results = members?.results;
  if (status !== 200 || !Array.isArray(results) || results.length !== count) return null;
  const replies = results.filter(isItem).map((item) => ({
    status: item.status,
    members: item,
    replayed: item.replayed === true,
  }));
  return replies.length === count ? replies : null;
}

const isItem = (value: unknown): value is { readonly status: number; readonly [name: string]: unknown } =>
  isObject(value) && isInteger(value.status, 100);

const verdictOn = (change: KeyedChange, reply: Reply) => judgeReply(reply, (one) => readChange(change, one), null);

/** The longest wait that was asked for. */
function retryAfterOf(items: readonly Item[]): number | null {
  let longestMs: number | null = null;
  for (const { verdict } of items) {
    if (verdict?.kind === 'again' && verdict.retryAfterMs !== null) {
      longestMs = Math.max(longestMs ?? 0, verdict.retryAfterMs);
    }
  }
  return longestMs;
}

function outcomeOf(item: Item, stop: Stop | null, attempts: number): ChangeOutcome | ChangeUnsettled {
  const { change, verdict, mayBeApplied } = item;
  if (verdict?.kind === 'settled') return verdict.outcome;
  const code = verdict?.kind === 'failed' ? verdict.code : (stop ?? 'aborted');
  const message = messageOf(code, verdict?.reason ?? 'it was not tried', attempts);
  return { kind: 'unsettled', code, message, ...change, mayBeApplied };
}

/** What was thrown, if anything was, where the first change stayed open. */
function causeOf(items: readonly Item[]): unknown {
  const verdict = items.find((item) => item.verdict?.kind !== 'settled')?.verdict;
  return verdict?.kind === 'settled' ? undefined : verdict?.cause;
}
