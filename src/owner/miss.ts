import type { RecordedEntry } from '../domain/decide.ts';
import type { Inspection, UserChange } from '../store/ledger.ts';

/**
 * Why a change was missed by its guard.
 * - `applied`: an earlier sending of this very statement was committed; the connection was lost before the answer.
 * - `known_keys`: the ledger has entries under some of the keys: those operations were decided before.
 * - `moved`: somebody else has changed the user in between.
 * - `locked`: nothing stands against it but a row lock of somebody else.
 * - `user_gone`: there is no such user any more.
 */
export type Miss =
  | { readonly kind: 'applied' }
  | { readonly kind: 'known_keys'; readonly byKey: ReadonlyMap<string, RecordedEntry> }
  | { readonly kind: 'moved' }
  | { readonly kind: 'locked' }
  | { readonly kind: 'user_gone' };

/** Tells from the ledger, as it stood at one instant after the statement had ended. */
export function explainMiss(change: UserChange, found: Inspection): Miss {
  if (found.account === null) return { kind: 'user_gone' };
  const [first] = change.entries;
  // One entry speaks for all: they were written by one statement, or not at all.
  const inItsPlace = found.entries.find((entry) => entry.version === first?.version);
  if (inItsPlace !== undefined && inItsPlace.operationId === first?.operationId) return { kind: 'applied' };
  const byKey = entriesByKey(change, found);
  if (byKey.size > 0) return { kind: 'known_keys', byKey };
  return { kind: found.account.version === change.expected.version ? 'locked' : 'moved' };
}

function entriesByKey(change: UserChange, found: Inspection): ReadonlyMap<string, RecordedEntry> {
  const sent = new Set(change.entries.map((entry) => entry.idempotencyKey));
  const byKey = new Map<string, RecordedEntry>();
  for (const entry of found.entries) {
    if (entry.idempotencyKey !== null && sent.has(entry.idempotencyKey)) byKey.set(entry.idempotencyKey, entry);
  }
  return byKey;
}
