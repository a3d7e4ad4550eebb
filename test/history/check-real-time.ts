import { isReplay } from './check-replays.ts';
import type { Call, LedgerEntry, Violation } from './history.ts';
import { type AnsweredCall, type HistoryIndex, isAnswered, mayHaveWritten, nameOf } from './history-index.ts';

/** A bound on the instant at which a version came to be, and who says so. */
interface Bound {
  readonly atMs: number;
  readonly by: string;
  readonly version: number;
}

/**
 * Could every answer have been true at one instant of its call? Version v came to be at some t(v), t never falling with
 * v. An answer that names v and completed at c says t(v) <= c. A change that made v, invoked at i, says t(v) >= i. A read
 * or an unrecorded refusal that names v, invoked at i, says t(v+1) >= i: v was still current. Such instants exist exactly
 * when no lower bound at a version lies above an upper bound at the same or a later one, so two sweeps see everything.
 *
 * An answer that has the wrong content is left to the other rules: what it says of time means nothing.
 */
export function checkRealTime(index: HistoryIndex, options: { readonly outsideLagMs: number }): readonly Violation[] {
  const { entries, calls } = index.history;
  const answers = calls
    .filter(isAnswered)
    .filter((call) => index.balanceAt(call.result.version) === call.result.balance);
  const seen = firstSeen(entries, answers);
  const asked = lastAsked(entries, index);
  const positions = new Map(entries.map((entry, position) => [entry.version, position]));
  const nextOwn = nextByService(entries);
  const violations: Violation[] = [];
  for (const call of answers) {
    const position = positions.get(call.result.version) ?? -1;
    const cause = asked[position];
    if (cause && cause.atMs > call.completedMs) violations.push(tooEarly(call, cause, index));
    if (!restsOnCurrent(call)) continue;
    const next = seen[position + 1];
    const own = seen[nextOwn[position + 1] ?? entries.length];
    const newer = own && own.atMs < call.invokedMs ? own : next;
    const lagMs = newer === own ? 0 : options.outsideLagMs;
    if (newer && newer.atMs + lagMs < call.invokedMs) violations.push(tooOld(call, newer, index));
  }
  return violations;
}

/** By position: what first proves that this version, or a later one, was there. */
function firstSeen(entries: readonly LedgerEntry[], answers: readonly AnsweredCall[]): readonly (Bound | null)[] {
  const byVersion = new Map<number, Bound>();
  for (const call of answers) {
    const known = byVersion.get(call.result.version);
    if (known !== undefined && known.atMs <= call.completedMs) continue;
    const { version } = call.result;
    byVersion.set(version, { atMs: call.completedMs, by: `${nameOf(call)} was answered`, version });
  }
  for (const { version, committedByMs = Number.POSITIVE_INFINITY } of entries) {
    const isFirst = committedByMs < (byVersion.get(version)?.atMs ?? Number.POSITIVE_INFINITY);
    if (isFirst) byVersion.set(version, { atMs: committedByMs, by: `plain SQL had made version ${version}`, version });
  }
  const seen: (Bound | null)[] = [];
  let first: Bound | null = null;
  for (const entry of [...entries].reverse()) {
    const own = byVersion.get(entry.version);
    if (own !== undefined && (first === null || own.atMs < first.atMs)) first = own;
    seen.push(first);
  }
  return seen.reverse();
}

/** By position: the latest invocation that this version, or an earlier one, must have waited for. */
function lastAsked(entries: readonly LedgerEntry[], index: HistoryIndex): readonly (Bound | null)[] {
  let last: Bound | null = null;
  return entries.map((entry) => {
    const call = entry.operation === null ? null : writerOf(entry, index.operations.get(entry.operation)?.calls ?? []);
    if (call !== null && (last === null || call.invokedMs > last.atMs)) {
      last = { atMs: call.invokedMs, by: nameOf(call), version: entry.version };
    }
    return last;
  });
}

/**
 * The sending that made the entry. Whoever got the first answer is known to be it; where everybody got a replay or no
 * answer, it is the earliest of those who may, for that leaves the most room.
 */
function writerOf(entry: LedgerEntry, calls: readonly Call[]): Call | null {
  let writer: Call | null = null;
  for (const call of calls) {
    if (!mayHaveWritten(call, entry)) continue;
    if (isAnswered(call) && !isReplay(call)) return call;
    if (writer === null || call.invokedMs < writer.invokedMs) writer = call;
  }
  return writer;
}

/** By position: that of the first entry from here on which is not an outsider's; `entries.length` when there is none. */
function nextByService(entries: readonly LedgerEntry[]): readonly number[] {
  const next: number[] = [];
  let nearest = entries.length;
  for (let position = entries.length - 1; position >= 0; position -= 1) {
    if (entries[position]?.operation !== null) nearest = position;
    next.push(nearest);
  }
  return next.reverse();
}

/** True for answers that make no version but rest on the one they name. */
function restsOnCurrent(call: AnsweredCall): boolean {
  return call.result.kind === 'read' || (call.result.kind === 'refused' && !call.isKeyed);
}

function tooEarly(call: AnsweredCall, cause: Bound, index: HistoryIndex): Violation {
  const why = `version ${cause.version} was asked for only afterwards, by ${cause.by}`;
  return index.violation('real_time', `${nameOf(call)} was answered before it could be: ${why}`);
}

function tooOld(call: AnsweredCall, newer: Bound, index: HistoryIndex): Violation {
  const rule = call.result.kind === 'refused' ? 'false_refusal' : 'real_time';
  return index.violation(rule, `${nameOf(call)} rests on a version that was not current: before it began, ${newer.by}`);
}
