import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Gauges } from './metric-definitions.ts';

const NS_PER_S = 1e9;
/** Ms between its timers. They are libuv's own: 50 wake-ups a second run no JavaScript. */
const RESOLUTION_MS = 20;

export type EventLoopGauges = Pick<Gauges, 'eventLoopDelayMean' | 'eventLoopDelayMax' | 'eventLoopUtilization'>;

/** Watches the event loop of this process; each reading tells of the time since the one before. */
export function watchEventLoop(): { read(): EventLoopGauges; stop(): void } {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let last = performance.eventLoopUtilization();
  // What is recorded is the time between two timers.
  const lateS = (ns: number) => (Number.isFinite(ns) ? Math.max(0, ns / NS_PER_S - RESOLUTION_MS / 1000) : 0);
  return {
    read() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, last);
      last = now;
      const reading = {
        eventLoopDelayMean: delays.count === 0 ? 0 : lateS(delays.mean),
        eventLoopDelayMax: delays.count === 0 ? 0 : lateS(delays.max),
        eventLoopUtilization: utilization,
      };
      delays.reset();
      return reading;
    },
    stop: () => delays.disable(),
  };
}
