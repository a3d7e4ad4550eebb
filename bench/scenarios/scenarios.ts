import { batch, batchSpread } from './batch.ts';
import { cold } from './cold.ts';
import { coreHot, coreSpread } from './core.ts';
import { growthConnections, growthUsers } from './growth.ts';
import { growthWorkers } from './growth-workers.ts';
import { hotUser } from './hot-user.ts';
import { keepAlive } from './keep-alive.ts';
import { memory } from './memory.ts';
import { metricsCost } from './metrics-cost.ts';
import { openLoop } from './open-loop.ts';
import { refusals } from './refusals.ts';
import type { Scenario } from './scenario.ts';
import { simultaneous } from './simultaneous.ts';
import { mixed, uniform, zipf } from './spread.ts';
import { startUp } from './start-up.ts';

/** All there are, in the order they run. */
export const scenarios: readonly Scenario[] = [
  keepAlive,
  simultaneous,
  hotUser,
  refusals,
  uniform,
  zipf,
  cold,
  mixed,
  batch,
  batchSpread,
  openLoop,
  coreHot,
  coreSpread,
  growthUsers,
  growthConnections,
  growthWorkers,
  memory,
  startUp,
  metricsCost,
];
