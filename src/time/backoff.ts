import type { Clock } from './clock.ts';

/** Doubles from `firstMs` with every failure in a row, up to `maxMs`. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** The pause after `failures` earlier failures, spread from half to one and a half so that many do not return at once. */
export function jitteredMs(clock: Pick<Clock, 'random'>, backoff: Backoff, failures: number): number {
  return Math.min(backoff.maxMs, backoff.firstMs * 2 ** failures) * (0.5 + clock.random());
}
