import type { Call, Rule, UserHistory } from './history.ts';

/** When a version must have been committed, at the earliest and at the latest, and who says so. */
interface Bounds {
  earliestMs: number;
  earliestBy: string;
  latestMs: number;
  latestBy: string;
}

/**
 * Holds the answers against real time: there must be a moment of commit for every version, in order, so that each
 * change was committed after its invocation, each answer was given after the version it names, and each read and each
 * refusal saw a version that was the newest at some moment while it was open.
 *
 * Every answer only bounds those moments from one side or the other. So going upward with the earliest and downward with
 * the latest tells whether moments exist: exactly when no version must be both after and before something.
 */
export function checkRealTime(
  history: UserHistory,
  outsideLagMs: number,
  report: (rule: Rule, detail: string) => void,
): void {
  const bounds = boundsOf(history, outsideLagMs);
  for (let version = 1; version < bounds.length; version += 1) inheritEarliest(bounds, version);
  for (let version = bounds.length - 2; version >= 1; version -= 1) inheritLatest(bounds, version);
  for (const [version, { earliestMs, earliestBy, latestMs, latestBy }] of bounds.entries()) {
    if (earliestMs <= latestMs) continue;
    report(
      'real_time',
      `version ${version} came after ${earliestMs} ms (${earliestBy}), yet it was seen by ${latestMs} ms (${latestBy})`,
    );
    // One answer out of time bounds many versions: the first tells it.
    return;
  }
}

/** What each answer says of the versions next to it. By version; 0 has been there always. */
function boundsOf({ entries, calls }: UserHistory, outsideLagMs: number): Bounds[] {
  const bounds = Array.from(
    { length: entries.length + 1 },
    (): Bounds => ({
      earliestMs: Number.NEGATIVE_INFINITY,
      earliestBy: '',
      latestMs: Number.POSITIVE_INFINITY,
      latestBy: '',
    }),
  );
  const invoked = firstInvocations(calls);
  const ownAfter = nextOwnVersions(entries);
  for (const { version, operation, committedByMs } of entries) {
    if (committedByMs !== undefined) before(bounds[version], committedByMs, 'plain SQL had committed it');
    if (operation !== null) after(bounds[version], invoked.get(operation), `${operation} was invoked`);
  }
  for (const call of calls) {
    const { result, operation, invokedMs, completedMs } = call;
    if (result.kind === 'not_applied' || result.kind === 'unknown') continue;
    const { version } = result;
    before(bounds[version], completedMs, `${operation} was told of it`);
    if (!sawNewest(call)) continue;
    after(bounds[version + 1], invokedMs - (entries[version]?.operation === null ? outsideLagMs : 0), seen(call));
    after(bounds[ownAfter[version] ?? -1], invokedMs, seen(call));
  }
  return bounds;
}

const seen = ({ operation, result }: Call) =>
  `${operation} was invoked and told of version ${'version' in result ? result.version : ''}`;

/** What was written has its own version; only what was judged or read rests on the newest. */
function sawNewest({ isKeyed, result }: Call): boolean {
  return result.kind === 'read' || (result.kind === 'refused' && !isKeyed);
}

function firstInvocations(calls: readonly Call[]): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const { operation, invokedMs, amount } of calls) {
    if (amount !== 0) first.set(operation, Math.min(invokedMs, first.get(operation) ?? Number.POSITIVE_INFINITY));
  }
  return first;
}

/** By version: the first later one that the service itself has written, and so has not overlooked. */
function nextOwnVersions(entries: UserHistory['entries']): readonly (number | undefined)[] {
  const next: (number | undefined)[] = [];
  let own: number | undefined;
  for (let version = entries.length; version >= 0; version -= 1) {
    next[version] = own;
    if (version > 0 && entries[version - 1]?.operation !== null) own = version;
  }
  return next;
}

function after(bounds: Bounds | undefined, ms: number | undefined, by: string): void {
  if (bounds === undefined || ms === undefined || ms <= bounds.earliestMs) return;
  bounds.earliestMs = ms;
  bounds.earliestBy = by;
}

function before(bounds: Bounds | undefined, ms: number, by: string): void {
  if (bounds === undefined || ms >= bounds.latestMs) return;
  bounds.latestMs = ms;
  bounds.latestBy = by;
}

function inheritEarliest(bounds: readonly Bounds[], version: number): void {
  const earlier = bounds[version - 1] as Bounds;
  after(bounds[version], earlier.earliestMs, earlier.earliestBy);
}

function inheritLatest(bounds: readonly Bounds[], version: number): void {
  const later = bounds[version + 1] as Bounds;
  before(bounds[version], later.latestMs, later.latestBy);
}
