import { keepAlive } from './keep-alive.ts';
import type { Scenario } from './scenario.ts';
import { simultaneous } from './simultaneous.ts';

/** All there are, in the order they run. */
export const scenarios: readonly Scenario[] = [keepAlive, simultaneous];
