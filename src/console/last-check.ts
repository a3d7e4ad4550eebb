import type { CheckedSample, VerifyMetrics } from '../observability/verify-metrics.ts';
import type { LedgerView } from './snapshot.ts';

/** Remembers what the background check of the ledger has found last, and hands it on to be counted. */
export class LastCheck implements VerifyMetrics {
  readonly #metrics: VerifyMetrics;
  #view: LedgerView | null = null;

  constructor(metrics: VerifyMetrics) {
    this.#metrics = metrics;
  }

  /** Null before the first sample. A sample that could not be checked changes nothing but the age of the last. */
  get view(): LedgerView | null {
    return this.#view;
  }

  record(sample: CheckedSample): void {
    const { endedAtMs: checkedAtMs, users, findings } = sample;
    this.#view = { checkedAtMs, users, findings: findings.length };
    this.#metrics.record(sample);
  }

  recordFailure(): void {
    this.#metrics.recordFailure();
  }
}
