import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { RateLimitSettings } from './settings.ts';

const KEY_PREFIX = 'requests';
/** A launcher that is slower than this is not waited for. */
const ANSWER_WITHIN_MS = 500;

/**
 * The counter of a worker. Of several, the one in the launcher: a caller's connections are spread over the workers
 * unevenly, so a share for each would cut off a caller with one connection long before the limit.
 */
export async function openRateCounter(settings: RateLimitSettings, workers: number): Promise<RateLimiterAbstract> {
  const { RateLimiterCluster, RateLimiterMemory } = await import('rate-limiter-flexible');
  const options = { keyPrefix: KEY_PREFIX, points: settings.requests, duration: settings.windowS };
  if (workers === 1) return new RateLimiterMemory(options);
  return new RateLimiterCluster({ ...options, timeoutMs: ANSWER_WITHIN_MS });
}

/** Lets this process, the launcher, count for its workers. Before any of them is forked. */
export async function countForWorkers(): Promise<void> {
  const { RateLimiterClusterMaster } = await import('rate-limiter-flexible');
  new RateLimiterClusterMaster();
}
