import type { Logger } from '../observability/logger.ts';
import type { VerifyMetrics } from '../observability/verify-metrics.ts';
import type { Clock } from '../time/clock.ts';
import { sampleLedger } from './sample-ledger.ts';

export interface BackgroundCheckOptions {
  readonly databaseUrl: string;
  /** From the end of one check to the start of the next. */
  readonly intervalMs: number;
  readonly sampleUsers: number;
  /** Nothing is checked while this is false. */
  readonly isActive: () => boolean;
  readonly metrics: VerifyMetrics;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'error' | 'warn'>;
}

/** Of a hot user the newest ones; see the metric's help. */
export const SAMPLE_ENTRIES_PER_USER = 1000;

/**
 * Checks a sample of users again and again, one check at a time, from `start` until `close`. A finding is logged with its
 * user and counted; it stops nothing, since the service cannot know which side of a disagreement is true.
 */
export class BackgroundCheck {
  readonly #options: BackgroundCheckOptions;
  #cancelTimer: () => void = () => undefined;
  /** Where the walk through all users goes on. */
  #after = '0';
  #isClosed = false;

  constructor(options: BackgroundCheckOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, intervalMs } = this.#options;
    if (this.#isClosed) return;
    this.#cancelTimer = clock.schedule(intervalMs, () => {
      void this.#check().then(() => this.start());
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer();
  }

  async #check(): Promise<void> {
    const { databaseUrl, sampleUsers, isActive, metrics, clock, log } = this.#options;
    if (!isActive()) return;
    const startedMs = clock.now();
    try {
      const { after, ...result } = await sampleLedger({
        databaseUrl,
        users: sampleUsers,
        after: this.#after,
        entriesPerUser: SAMPLE_ENTRIES_PER_USER,
      });
      this.#after = after;
      metrics.record({ ...result, durationMs: clock.now() - startedMs, endedAtMs: clock.wallNow() });
      for (const finding of result.findings) log.error(finding, 'the ledger disagrees with itself: run verify');
    } catch (error) {
      // The database may have been stopped with us.
      if (this.#isClosed) return;
      metrics.recordFailure();
      log.warn({ reason: error instanceof Error ? error.message : String(error) }, 'a sample could not be checked');
    }
  }
}
