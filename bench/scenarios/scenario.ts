import type { Fleet } from '../fleet.ts';
import type { HelperProcess } from '../helper-process.ts';
import type { LoadOrder, LoadResult } from '../load-protocol.ts';
import type { Releases } from '../releases.ts';
import type { SideName } from '../sides/side.ts';
import type { StreamPlan, StreamResult } from '../stream/plan.ts';

/** What a scenario measures, by name; the unit ends the name. */
export type Figures = Readonly<Record<string, number>>;

/** Figures at one place of the scenario's axis; `at` is null in a scenario without one. */
export interface Point {
  readonly at: number | null;
  readonly figures: Figures;
}

/** Only a proven result has figures. */
export type RunResult =
  | { readonly kind: 'proven'; readonly points: readonly Point[] }
  | { readonly kind: 'disagreed'; readonly disagreements: readonly string[] };

/** What the command line says about the load. */
export interface LoadSettings {
  /** Requests per run of a counted scenario, even. */
  readonly withdrawals: number;
  /** How long a timed scenario is measured for. */
  readonly durationMs: number;
  /** Absent: as many as the scenario thinks right. */
  readonly connections: number | undefined;
  /** Growth goes to its very end. */
  readonly isFull: boolean;
}

/** Processes that send load. Each serves all runs, so it is equally warm for every side. */
export interface Generators {
  /** Counted requests, all the same, over connections that are opened by it. */
  readonly load: HelperProcess<LoadOrder, LoadResult>;
  /** Timed or counted requests for many users, over connections that stand before. */
  readonly stream: HelperProcess<StreamPlan, StreamResult>;
}

/** Everything a scenario may use for one side. What it adds to `releases` ends with the scenario. */
export interface Stage {
  readonly fleet: Fleet;
  readonly generators: Generators;
  readonly settings: LoadSettings;
  readonly releases: Releases;
}

export interface Turn {
  readonly isWarmUp: boolean;
  /** Told which share of the run is done, 0 to 1. */
  readonly onProgress: (share: number) => void;
}

/** One side, ready for a scenario. */
export interface Contestant {
  run(turn: Turn): Promise<RunResult>;
  /** The end of its log. */
  tail(): string;
}

/** One kind of load, the same for every side. */
export interface Scenario {
  readonly name: string;
  /** Part of a quick bench. */
  readonly isQuick: boolean;
  /** In the order they take turns. */
  readonly sides: readonly SideName[];
  /** What `at` counts. */
  readonly axis: string | null;
  /** What a table shows: names of figures, with their headings. */
  readonly columns: Readonly<Record<string, string>>;
  /** Sides that the others are divided by, rate by rate (see rate.ts), where they take part. */
  readonly baselines: readonly SideName[];
  /** For a person, of one run. */
  describe(settings: LoadSettings): string;
  /** Open at the same time, at most. */
  connections(settings: LoadSettings): number;
  /** Opened at the same moment; absent where they are opened a few at a time. */
  burst?(settings: LoadSettings): number;
  /** Makes a side ready. A text says why it cannot take part. */
  enter(side: SideName, stage: Stage): Promise<Contestant | string>;
}
