import type { HotUser } from './hot-users.ts';
import { COUNTS_SIZE, type Gauges } from './metric-definitions.ts';
import type { WorkerSample } from './worker-sample.ts';

/** One process of a slot. `generation` tells those of a slot apart. */
export interface WorkerIdentity {
  readonly slot: number;
  readonly generation: number;
  readonly pid: number;
}

/**
 * - `starting`: it has not said anything of its lease yet. `connecting`: it has no session with the database.
 * - `standing_by`: another launcher serves the database. `serving`: it holds its lease.
 * - `ending`: it has given its session up.
 */
export const WORKER_STATES = ['starting', 'connecting', 'standing_by', 'serving', 'ending'] as const;
export type WorkerState = (typeof WORKER_STATES)[number];

export interface LivingWorker extends WorkerIdentity {
  readonly state: WorkerState;
  /** Wall-clock ms since 1970. */
  readonly startedAtMs: number;
  /** Null until the first sample. */
  readonly gauges: Gauges | null;
  /** Everything it has counted, by the places of `COUNTED`; null until the first sample. */
  readonly counts: readonly number[] | null;
  /** When the newest sample came, wall-clock ms; null before the first. */
  readonly sampledAtMs: number | null;
  readonly hottest: readonly HotUser[];
}

interface Known {
  readonly identity: WorkerIdentity;
  readonly startedAtMs: number;
  state: WorkerState;
  sample: WorkerSample | null;
  sampledAtMs: number | null;
}

/** A worker that has told nothing for so long is stopped or stuck: its last second says nothing of what users do now. */
export const SILENT_AFTER_MS = 2500;

/** Workers that have ended and may still have a sample on its way. */
const ENDED_KEPT_MAX = 64;

const keyOf = ({ slot, generation }: Pick<WorkerIdentity, 'slot' | 'generation'>) => `${slot}-${generation}`;

/**
 * All workers of a launcher, added up.
 *
 * A worker `joined` -> is sampled again and again -> has `left`. What it counted stays in the totals, so they never fall;
 * what was true of it at a moment goes with it. Each sample holds everything since the worker's start, so it replaces the
 * one before, and one that comes late, twice, or after its worker's end does no harm. A worker that is killed loses what
 * it counted since its last sample, which is a second at most.
 */
export class WorkerAggregate {
  readonly #wallNow: () => number;
  readonly #living = new Map<string, Known>();
  /** The newest of the ended last; the oldest are added to `#settled` for good. */
  readonly #ended = new Map<string, Known>();
  readonly #settled = new Float64Array(COUNTS_SIZE);

  constructor(clock: { wallNow(): number }) {
    this.#wallNow = () => clock.wallNow();
  }

  joined({ slot, generation, pid }: WorkerIdentity): void {
    const identity = { slot, generation, pid };
    const startedAtMs = this.#wallNow();
    this.#living.set(keyOf(identity), { identity, startedAtMs, state: 'starting', sample: null, sampledAtMs: null });
  }

  stateChanged(identity: WorkerIdentity, state: WorkerState): void {
    const known = this.#living.get(keyOf(identity));
    if (known !== undefined) known.state = state;
  }

  sampled(identity: WorkerIdentity, sample: WorkerSample): void {
    const key = keyOf(identity);
    const known = this.#living.get(key) ?? this.#ended.get(key);
    // One of another make has other places.
    if (known === undefined || sample.counts.length !== COUNTS_SIZE) return;
    if (known.sample !== null && sample.sequence <= known.sample.sequence) return;
    known.sample = sample;
    known.sampledAtMs = this.#wallNow();
  }

  left(identity: WorkerIdentity): void {
    const key = keyOf(identity);
    const known = this.#living.get(key);
    if (known === undefined) return;
    this.#living.delete(key);
    this.#ended.set(key, known);
    if (this.#ended.size <= ENDED_KEPT_MAX) return;
    const [oldest, settled] = this.#ended.entries().next().value as [string, Known];
    this.#ended.delete(oldest);
    addTo(this.#settled, settled);
  }

  /** Everything that was counted since the launcher started, by the places of `COUNTED`. A copy. */
  totals(): Float64Array {
    const totals = this.#settled.slice();
    for (const known of this.#ended.values()) addTo(totals, known);
    for (const known of this.#living.values()) addTo(totals, known);
    return totals;
  }

  /** By slot; during a replacement a slot has two, the older first. */
  workers(): readonly LivingWorker[] {
    return [...this.#living.values()]
      .map(({ identity, startedAtMs, state, sample, sampledAtMs }) => ({
        ...identity,
        state,
        startedAtMs,
        gauges: sample?.gauges ?? null,
        counts: sample?.counts ?? null,
        sampledAtMs,
        hottest: sample?.hottest ?? [],
      }))
      .sort((a, b) => a.slot - b.slot || a.generation - b.generation);
  }

  /** The `max` users with the most changes in the newest samples of all workers that tell of themselves, hottest first. */
  hottest(max: number): readonly HotUser[] {
    // A user has one owner, but a slot may just be changing hands.
    const operations = new Map<number, number>();
    const oldestMs = this.#wallNow() - SILENT_AFTER_MS;
    for (const { sample, sampledAtMs } of this.#living.values()) {
      if ((sampledAtMs ?? 0) < oldestMs) continue;
      for (const user of sample?.hottest ?? []) {
        operations.set(user.userId, (operations.get(user.userId) ?? 0) + user.operations);
      }
    }
    return [...operations]
      .map(([userId, count]) => ({ userId, operations: count }))
      .sort((a, b) => b.operations - a.operations)
      .slice(0, max);
  }
}

function addTo(totals: Float64Array, { sample }: Known): void {
  if (sample === null) return;
  for (const [place, count] of sample.counts.entries()) totals[place] = (totals[place] as number) + count;
}
