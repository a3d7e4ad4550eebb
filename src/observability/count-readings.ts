import {
  COUNTED,
  type CounterMetric,
  type HistogramMetric,
  histogramSize,
  type LabelValues,
} from './metric-definitions.ts';

/** A vector of counts, or the difference of two. */
export type Counts = ArrayLike<number>;

const matches = (labels: LabelValues, wanted: LabelValues) =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value);

/** The sum of all series of a counter that have the labels in `wanted`. */
export function sumOf(counts: Counts, { series, at }: CounterMetric, wanted: LabelValues = {}): number {
  let sum = 0;
  for (const [index, labels] of series.entries()) if (matches(labels, wanted)) sum += counts[at + index] ?? 0;
  return sum;
}

/** A histogram with all series added up that have the labels in `wanted`. */
export interface HistogramReading {
  /** One for each bound, and one for what is above all of them; not cumulative. */
  readonly buckets: readonly number[];
  readonly count: number;
  readonly sum: number;
}

export function readHistogram(counts: Counts, metric: HistogramMetric, wanted: LabelValues = {}): HistogramReading {
  const size = histogramSize(metric);
  const buckets = Array.from({ length: metric.bounds.length + 1 }, () => 0);
  let sum = 0;
  for (const [index, labels] of metric.series.entries()) {
    if (!matches(labels, wanted)) continue;
    const at = metric.at + index * size;
    for (const bucket of buckets.keys()) buckets[bucket] = (buckets[bucket] ?? 0) + (counts[at + bucket] ?? 0);
    sum += counts[at + size - 1] ?? 0;
  }
  return { buckets, count: buckets.reduce((total, count) => total + count, 0), sum };
}

/**
 * The value that a share of all values does not exceed (0.99: the 99th percentile), interpolated within its bucket, in
 * the unit of the histogram. Null when there are no values; the last bound when it lies above that.
 */
export function quantileOf(
  { buckets, count }: HistogramReading,
  { bounds }: HistogramMetric,
  share: number,
): number | null {
  if (count === 0) return null;
  const rank = share * count;
  let below = 0;
  for (const [index, inBucket] of buckets.entries()) {
    if (below + inBucket < rank || inBucket === 0) {
      below += inBucket;
      continue;
    }
    const upper = bounds[index];
    if (upper === undefined) break;
    const lower = bounds[index - 1] ?? 0;
    return lower + ((upper - lower) * (rank - below)) / inBucket;
  }
  return bounds.at(-1) ?? null;
}

/** What was counted from `earlier` to `later`. */
export function differenceOf(later: Counts, earlier: Counts): Float64Array {
  return Float64Array.from(later, (count, place) => count - (earlier[place] ?? 0));
}

/** Changes that were applied, and changes that were refused for lack of funds or for the limit of a balance. */
export function changesIn(counts: Counts): { readonly accepted: number; readonly refused: number } {
  const outcome = (name: string) => sumOf(counts, COUNTED.operations, { operation: 'change', outcome: name });
  return { accepted: outcome('accepted'), refused: outcome('insufficient_funds') + outcome('balance_limit_exceeded') };
}
