/**
 * What a walk over entries of one user, in the order of their versions, has seen: of all of them, of a page, or of the
 * newest ones. Integers are text as PostgreSQL sends them; a first fault is null while there is none.
 */
export interface Walk {
  readonly userId: string;
  readonly entries: number;
  readonly firstVersion: string;
  readonly lastVersion: string;
  /** The balance before the first entry; null when its numbers are out of range. */
  readonly firstStart: string | null;
  readonly lastBalance: string;
  /** The sum of the amounts. */
  readonly total: string;
  readonly hasRepeatedOperation: boolean;
  /** The first entry whose version does not follow: its version and the one before it. */
  readonly gap: readonly [version: string, previous: string] | null;
  /** The first entry that starts elsewhere: its version, where the one before ended, where it starts. */
  readonly broken: readonly [version: string, previousBalance: string, start: string] | null;
  /** The first entry with a number out of range: its version, balance and amount. */
  readonly outOfRange: readonly [version: string, balance: string, amount: string] | null;
  /** The version of the first entry that is no proper change and no proper recorded refusal. */
  readonly malformed: string | null;
}

/** The walk over `before` and then over `after`, which goes on where `before` stopped. Not seen: repeats across both. */
export function joinWalks(before: Walk, after: Walk): Walk {
  const follows = BigInt(before.lastVersion) + 1n === BigInt(after.firstVersion);
  const { firstStart } = after;
  const isChained = firstStart === null || firstStart === before.lastBalance;
  const seam = isChained ? null : ([after.firstVersion, before.lastBalance, firstStart] as const);
  return {
    userId: before.userId,
    entries: before.entries + after.entries,
    firstVersion: before.firstVersion,
    lastVersion: after.lastVersion,
    firstStart: before.firstStart,
    lastBalance: after.lastBalance,
    total: String(BigInt(before.total) + BigInt(after.total)),
    hasRepeatedOperation: before.hasRepeatedOperation || after.hasRepeatedOperation,
    gap: before.gap ?? (follows ? after.gap : ([after.firstVersion, before.lastVersion] as const)),
    broken: before.broken ?? seam ?? after.broken,
    outOfRange: before.outOfRange ?? after.outOfRange,
    malformed: before.malformed ?? after.malformed,
  };
}
