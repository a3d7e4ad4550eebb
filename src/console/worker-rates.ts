import { COUNTS_SIZE } from '../observability/metric-definitions.ts';
import { type LivingWorker, SILENT_AFTER_MS } from '../observability/worker-aggregate.ts';

type Sampled = Pick<LivingWorker, 'slot' | 'generation' | 'startedAtMs' | 'counts' | 'sampledAtMs'>;

interface Known {
  readonly counts: readonly number[];
  readonly sampledAtMs: number;
  readonly perS: Float64Array;
}

/**
 * What the workers count per second.
 *
 * They tell it once a second by clocks of their own, so that between two looks of ours one may have told nothing or
 * twice. Each one's rate is therefore taken over the time between its own samples, and holds until its next.
 */
export class WorkerRates {
  #known = new Map<string, Known>();

  /** To be called once a second. The sum over all workers, by the places of `COUNTED`. */
  read(workers: readonly Sampled[], nowMs: number): Float64Array {
    const known = new Map<string, Known>();
    const sum = new Float64Array(COUNTS_SIZE);
    for (const worker of workers) {
      const key = `${worker.slot}-${worker.generation}`;
      const next = advance(worker, this.#known.get(key));
      if (next === undefined) continue;
      known.set(key, next);
      if (nowMs - next.sampledAtMs > SILENT_AFTER_MS) continue;
      for (const [place, perS] of next.perS.entries()) sum[place] = (sum[place] as number) + perS;
    }
    this.#known = known;
    return sum;
  }
}

function advance({ counts, sampledAtMs, startedAtMs }: Sampled, earlier: Known | undefined): Known | undefined {
  if (counts === null || sampledAtMs === null) return undefined;
  const tookMs = sampledAtMs - (earlier?.sampledAtMs ?? startedAtMs);
  // The wall clock may have been set back.
  if (tookMs <= 0) return earlier;
  const perS = Float64Array.from(counts, (count, place) => ((count - (earlier?.counts[place] ?? 0)) * 1000) / tookMs);
  return { counts, sampledAtMs, perS };
}
