import { describe, expect, it } from 'vitest';
import { type CheckOptions, checkHistory } from './check-history.ts';
import type { Call, CallResult, LedgerEntry, Rule, UserHistory } from './history.ts';

const OPENING = 10;
const MAX = Number.MAX_SAFE_INTEGER;

function historyOf(calls: readonly Call[], entries: readonly LedgerEntry[], openingBalance = OPENING): UserHistory {
  const last = entries.at(-1) ?? { balance: openingBalance, version: 0 };
  return { userId: 7, openingBalance, calls, entries, account: { balance: last.balance, version: last.version } };
}

function call(operation: string, amount: number, [invokedMs, completedMs]: [number, number], result: CallResult): Call {
  return { operation, isKeyed: operation.startsWith('key'), amount, invokedMs, completedMs, result };
}

function entry(version: number, amount: number, balance: number, operation: string | null): LedgerEntry {
  return { version, amount, balance, operationId: `id-${version}`, operation, requested: null };
}

const refusalEntry = (version: number, requested: number, balance: number, operation: string): LedgerEntry => ({
  ...entry(version, 0, balance, operation),
  requested,
});

type Done = Extract<CallResult, { kind: 'done' }>;
type Refused = Extract<CallResult, { kind: 'refused' }>;

const done = (version: number, balance: number, replayed = false): Done => ({
  kind: 'done',
  operationId: `id-${version}`,
  balance,
  version,
  replayed,
});

const refused = (version: number, balance: number, replayed = false): Refused => ({
  kind: 'refused',
  code: 'insufficient_funds',
  balance,
  version,
  replayed,
});

const read = (version: number, balance: number): CallResult => ({ kind: 'read', balance, version });

function rulesOf(history: UserHistory, options?: CheckOptions): readonly Rule[] {
  return [...new Set(checkHistory(history, options).map((violation) => violation.rule))].sort();
}

const TWO_ENTRIES = [entry(1, -2, 8, 'a'), entry(2, -3, 5, 'b')] as const;
const TWO_CALLS = [call('a', -2, [0, 10], done(1, 8)), call('b', -3, [5, 15], done(2, 5))] as const;

describe('a history that keeps every promise', () => {
  it('has no violation, with changes, refusals, replays, unknowns, outsiders and reads in it', () => {
    const entries = [...TWO_ENTRIES, refusalEntry(3, -6, 5, 'key-c'), entry(4, 4, 9, null), entry(5, -1, 8, 'd')];
    const calls = [
      ...TWO_CALLS,
      call('key-c', -6, [20, 30], refused(3, 5)),
      call('key-c', -6, [60, 70], refused(3, 5, true)),
      call('d', -1, [40, 50], { kind: 'unknown' }),
      call('e', -9, [40, 50], refused(5, 8)),
      call('f', -1, [40, 50], { kind: 'not_applied' }),
      call('g', -1, [40, Number.POSITIVE_INFINITY], { kind: 'unknown' }),
      call('r', 0, [55, 65], read(5, 8)),
    ];
    expect(checkHistory(historyOf(calls, entries))).toEqual([]);
  });

  it('may be empty', () => {
    expect(checkHistory(historyOf([], []))).toEqual([]);
  });
});

describe('chain', () => {
  it.each<[string, UserHistory]>([
    ['a version is missing', historyOf([], [entry(1, -2, 8, null), entry(3, -3, 5, null)])],
    ['a version occurs twice', historyOf([], [entry(1, -2, 8, null), { ...entry(1, -3, 5, null), operationId: 'x' }])],
    [
      'an entry does not start where the one before ended',
      historyOf([], [entry(1, -2, 8, null), entry(2, -3, 6, null)]),
    ],
    ['the account has another balance', { ...historyOf([], outsiders()), account: { balance: 6, version: 2 } }],
    ['the account has another version', { ...historyOf([], outsiders()), account: { balance: 5, version: 3 } }],
    ['a sum was rounded into place', historyOf([], [entry(1, 2, MAX + 1, null)], MAX - 1)],
  ])('is broken when %s', (_, history) => {
    expect(rulesOf(history)).toContain('chain');
  });
});

function outsiders(): readonly LedgerEntry[] {
  return TWO_ENTRIES.map((each) => ({ ...each, operation: null }));
}

describe('negative', () => {
  it('is broken below 0', () => {
    expect(rulesOf(historyOf([call('a', -11, [0, 1], done(1, -1))], [entry(1, -11, -1, 'a')]))).toEqual(['negative']);
  });

  it('is broken above 2^53-1', () => {
    expect(rulesOf(historyOf([], [entry(1, 1, MAX + 1, null)], MAX))).toContain('negative');
  });

  it('holds at both ends', () => {
    expect(rulesOf(historyOf([], [entry(1, -10, 0, null), entry(2, MAX, MAX, null)]))).toEqual([]);
  });
});

describe('lost', () => {
  it.each<[string, Call]>([
    ['has no entry', call('z', -1, [0, 10], done(3, 4))],
    ['names another version', call('a', -2, [0, 10], { ...done(2, 8), operationId: 'id-1' })],
    ['names another balance', call('a', -2, [0, 10], done(1, 7))],
    ['names another operation id', call('a', -2, [0, 10], { ...done(1, 8), operationId: 'id-9' })],
    ['asked for another amount', call('a', -1, [0, 10], done(1, 8))],
    ['is a keyed refusal that is not on record', call('key', -99, [0, 10], refused(2, 5))],
    ['is a read of what never was', call('r', 0, [0, 10], read(2, 6))],
    ['is a read of a version that never was', call('r', 0, [0, 10], read(3, 5))],
  ])('is broken by an answer that %s', (_, answered) => {
    expect(rulesOf(historyOf([answered, ...TWO_CALLS.slice(1)], TWO_ENTRIES))).toContain('lost');
  });

  it('is broken by a keyed refusal whose entry records another sum', () => {
    const entries = [refusalEntry(1, -12, 10, 'key')];
    expect(rulesOf(historyOf([call('key', -11, [0, 10], refused(1, 10))], entries))).toContain('lost');
  });
});

describe('doubled', () => {
  it('is broken by two entries of one operation', () => {
    const entries = [entry(1, -2, 8, 'a'), entry(2, -2, 6, 'a')];
    expect(rulesOf(historyOf([call('a', -2, [0, 10], done(1, 8))], entries))).toEqual(['doubled']);
    expect(rulesOf(historyOf([call('a', -2, [0, 10], { kind: 'unknown' })], entries))).toEqual(['doubled']);
  });

  it('is broken by an operation id that occurs twice', () => {
    const entries = [entry(1, -2, 8, null), { ...entry(2, -2, 6, null), operationId: 'id-1' }];
    expect(rulesOf(historyOf([], entries))).toEqual(['doubled']);
  });
});

describe('phantom', () => {
  const applied = [entry(1, -2, 8, 'a')];
  const keyed = [entry(1, -2, 8, 'key')];

  it('is broken by an entry of what was answered "not applied"', () => {
    expect(rulesOf(historyOf([call('a', -2, [0, 10], { kind: 'not_applied' })], applied))).toEqual(['phantom']);
    expect(rulesOf(historyOf([call('key', -2, [0, 10], { kind: 'not_applied' })], keyed))).toEqual(['phantom']);
  });

  it('is broken by an entry of an unkeyed refusal', () => {
    const entries = [refusalEntry(1, -20, 10, 'a')];
    expect(rulesOf(historyOf([call('a', -20, [0, 10], refused(0, 10))], entries))).toEqual(['phantom']);
  });

  it('is broken by an unkeyed refusal that took the money all the same', () => {
    const entries = [entry(1, 5, 15, null), entry(2, -12, 3, 'a')];
    expect(rulesOf(historyOf([call('a', -12, [0, 10], refused(0, 10))], entries))).toEqual(['phantom']);
  });

  it('is broken by an entry that names an operation nobody sent', () => {
    expect(rulesOf(historyOf([], applied))).toEqual(['phantom']);
  });

  it('is broken by an entry of another sum than the one that was asked for', () => {
    expect(rulesOf(historyOf([call('a', -1, [0, 10], { kind: 'unknown' })], applied))).toEqual(['phantom']);
  });

  it('holds when another sending of the key may have made the entry', () => {
    const turnedAway = call('key', -2, [0, 10], { kind: 'not_applied' });
    const reused = call('key', -9, [0, 10], { kind: 'not_applied' });
    const unknown = call('key', -2, [0, 10], { kind: 'unknown' });
    const answered = call('key', -2, [20, 30], done(1, 8));
    expect(rulesOf(historyOf([turnedAway, reused, answered], keyed))).toEqual([]);
    expect(rulesOf(historyOf([turnedAway, reused, unknown], keyed))).toEqual([]);
  });
});

describe('replay', () => {
  const keyed = [entry(1, -2, 8, 'key'), entry(2, -1, 7, null)];
  const first = call('key', -2, [0, 10], done(1, 8));

  it('holds for the first answer given again, in or out of time', () => {
    expect(rulesOf(historyOf([first, call('key', -2, [5, 9], done(1, 8, true))], keyed))).toEqual([]);
    expect(rulesOf(historyOf([first, call('key', -2, [20, 30], done(1, 8, true))], keyed))).toEqual([]);
  });

  it('holds when a sending met itself, after a broken link', () => {
    expect(rulesOf(historyOf([call('key', -2, [0, 10], done(1, 8, true))], keyed))).toEqual([]);
  });

  it.each<[string, CallResult]>([
    ['names the new balance', done(1, 7, true)],
    ['names the new version', { ...done(2, 7, true), operationId: 'id-1' }],
    ['names another operation id', { ...done(1, 8, true), operationId: 'id-2' }],
    ['is a refusal', refused(1, 8, true)],
    ['is called the first too', done(1, 8)],
  ])('is broken by a second answer that %s', (_, second) => {
    expect(rulesOf(historyOf([first, call('key', -2, [20, 30], second)], keyed))).toContain('replay');
  });

  it('is broken by a replay without a key', () => {
    expect(rulesOf(historyOf([call('a', -2, [0, 10], done(1, 8, true))], [entry(1, -2, 8, 'a')]))).toEqual(['replay']);
  });
});

describe('real time', () => {
  it('holds for calls that overlap, in either order', () => {
    const [a, b] = TWO_CALLS;
    expect(
      rulesOf(
        historyOf(
          [
            { ...a, invokedMs: 7, completedMs: 20 },
            { ...b, completedMs: 7 },
          ],
          TWO_ENTRIES,
        ),
      ),
    ).toEqual([]);
  });

  it('is broken by a change that was answered before an earlier version was asked for', () => {
    const [a, b] = TWO_CALLS;
    const calls = [{ ...a, invokedMs: 16, completedMs: 20 }, b];
    expect(rulesOf(historyOf(calls, TWO_ENTRIES))).toEqual(['real_time']);
  });

  it('is broken by an answer that knows the change of a call that had not begun, answered or not', () => {
    const late = call('a', -2, [20, 30], { kind: 'unknown' });
    const early = call('r', 0, [0, 10], read(1, 8));
    expect(rulesOf(historyOf([late, early], [entry(1, -2, 8, 'a')]))).toEqual(['real_time']);
    expect(rulesOf(historyOf([{ ...late, invokedMs: 9 }, early], [entry(1, -2, 8, 'a')]))).toEqual([]);
  });

  it('is broken by a read of an old version after a change, a read or a refusal showed a newer one', () => {
    const stale = call('r', 0, [20, 30], read(1, 8));
    const [a, b] = TWO_CALLS;
    expect(rulesOf(historyOf([a, b, stale], TWO_ENTRIES))).toEqual(['real_time']);
    const unknown: Call = { ...b, result: { kind: 'unknown' } };
    expect(rulesOf(historyOf([a, unknown, stale], TWO_ENTRIES))).toEqual([]);
    const reader = call('s', 0, [5, 19], read(2, 5));
    const refusal = call('t', -50, [5, 19], refused(2, 5));
    expect(rulesOf(historyOf([a, unknown, reader, stale], TWO_ENTRIES))).toEqual(['real_time']);
    expect(rulesOf(historyOf([a, unknown, refusal, stale], TWO_ENTRIES))).toEqual(['real_time']);
  });

  it('is broken by a replay that was answered before the first sending began', () => {
    const keyed = [entry(1, -2, 8, 'key')];
    const calls = [call('key', -2, [20, 30], done(1, 8)), call('key', -2, [0, 10], done(1, 8, true))];
    expect(rulesOf(historyOf(calls, keyed))).toEqual(['real_time']);
  });
});

describe('changes by plain SQL', () => {
  const entries = [entry(1, 5, 15, null), entry(2, -1, 14, 'b')];
  const seen = call('s', 0, [0, 10], read(1, 15));
  const old = (invokedMs: number) => call('r', 0, [invokedMs, invokedMs + 5], read(0, 10));
  const own = call('b', -1, [2_000, 2_010], done(2, 14));

  it('must be seen at once by default, once anybody saw them', () => {
    expect(rulesOf(historyOf([seen, old(11), own], entries))).toEqual(['real_time']);
  });

  it('may be missed for as long as the lag says, and no longer', () => {
    const lag = { outsideLagMs: 1_000 };
    expect(rulesOf(historyOf([seen, old(1_010), own], entries), lag)).toEqual([]);
    expect(rulesOf(historyOf([seen, old(1_011), own], entries), lag)).toEqual(['real_time']);
  });

  it('may not be missed once the service itself built on them', () => {
    const calls = [seen, own, old(2_011)];
    expect(rulesOf(historyOf(calls, entries), { outsideLagMs: 60_000 })).toEqual(['real_time']);
  });
});

describe('false refusal', () => {
  const entries = [entry(1, -2, 8, 'a'), entry(2, 4, 12, 'b')];
  const a = call('a', -2, [0, 10], done(1, 8));
  const b = call('b', 4, [20, 30], done(2, 12));

  it('is none when the balance did not cover it while the call was open', () => {
    expect(rulesOf(historyOf([a, b, call('c', -9, [5, 40], refused(1, 8))], entries))).toEqual([]);
  });

  it.each<[string, Call]>([
    ['was covered', call('c', -8, [5, 40], refused(1, 8))],
    ['rests on a balance that was another', call('c', -9, [5, 40], refused(1, 7))],
    ['rests on a version that never was', call('c', -99, [5, 40], refused(3, 12))],
    ['rests on a version that was over', call('c', -9, [31, 40], refused(1, 8))],
    ['has the wrong code', call('c', -9, [5, 40], { ...refused(1, 8), code: 'balance_limit_exceeded' })],
  ])('is a refusal that %s', (_, refusal) => {
    expect(rulesOf(historyOf([a, b, refusal], entries))).toEqual(['false_refusal']);
  });

  it('is a recorded one that the balance covers, heard or not', () => {
    const recorded = [refusalEntry(1, -10, 10, 'key')];
    expect(rulesOf(historyOf([call('key', -10, [0, 10], refused(1, 10))], recorded))).toEqual(['false_refusal']);
    expect(rulesOf(historyOf([call('key', -10, [0, 10], { kind: 'unknown' })], recorded))).toEqual(['false_refusal']);
  });

  it('is told from a true one at the very limit', () => {
    const limit = (amount: number): Call =>
      call('c', amount, [0, 10], { ...refused(0, MAX - 1), code: 'balance_limit_exceeded' });
    expect(rulesOf(historyOf([limit(1)], [], MAX - 1))).toEqual(['false_refusal']);
    expect(rulesOf(historyOf([limit(2)], [], MAX - 1))).toEqual([]);
  });
});
