import type { WorkerMeter } from '../observability/worker-meter.ts';

/** Counts what an owner does. */
export type OwnerMeter = Pick<
  WorkerMeter,
  'shed' | 'decided' | 'looked' | 'evicted' | 'loaded' | 'roundSent' | 'roundApplied' | 'guardMissed'
>;
