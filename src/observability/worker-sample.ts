import type { HotUser } from './hot-users.ts';
import type { Gauges } from './metric-definitions.ts';

/** What a worker tells the launcher of itself, once a second and when it ends. Plain data. */
export interface WorkerSample {
  /** Grows from one sample of a worker to its next. */
  readonly sequence: number;
  /** Everything counted since the worker started, by the places of `COUNTED`: a sample that is lost costs nothing. */
  readonly counts: readonly number[];
  readonly gauges: Gauges;
  /** The users with the most changes since the sample before, hottest first. */
  readonly hottest: readonly HotUser[];
}
