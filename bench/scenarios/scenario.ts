import type { Fleet } from '../fleet.ts';
import type { LoadGenerator } from '../load.ts';
import type { Releases } from '../releases.ts';
import type { SideName } from '../sides/side.ts';

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

/** Everything a scenario may use for one side. What it adds to `releases` ends with the scenario. */
export interface Stage {
  readonly fleet: Fleet;
  readonly load: LoadGenerator;
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
  /** Sides that the others are divided by, requests per second by requests per second, where they take part. */
  readonly baselines: readonly SideName[];
  /** For a person, of one run. */
  describe(settings: LoadSettings): string;
  /** Open at the same time, at most. */
  connections(settings: LoadSettings): number;
  /** Makes a side ready. A text says why it cannot take part. */
  enter(side: SideName, stage: Stage): Promise<Contestant | string>;
}
