import type { LoadGenerator } from '../load.ts';
import type { Side } from '../sides.ts';

/** Everything a run may use. */
export interface Stage {
  readonly side: Side;
  readonly load: LoadGenerator;
  readonly withdrawals: number;
  /** Told how many requests have their answer. */
  readonly onProgress: (answered: number) => void;
}

export interface Figures {
  readonly wallMs: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Only a proven result has figures. */
export type RunResult =
  | { readonly kind: 'proven'; readonly figures: Figures }
  | { readonly kind: 'disagreed'; readonly disagreements: readonly string[] };

/** One kind of load, the same for every side. */
export interface Scenario {
  readonly name: string;
  /** For a person, of one run. */
  describe(withdrawals: number): string;
  /** Open at the same time, at most. */
  connections(withdrawals: number): number;
  run(stage: Stage): Promise<RunResult>;
}
