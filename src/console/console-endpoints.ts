import type { Endpoint, HttpContext } from '../http/context.ts';
import { guard } from '../http/guard.ts';
import type { Clock } from '../time/clock.ts';
import type { ConsoleFeed } from './console-feed.ts';
import { createEventStreams } from './event-stream.ts';
import { createLookUp, isLookUp, type LookUpOptions } from './look-up.ts';
import { createPageEndpoints } from './page-files.ts';

export interface ConsoleOptions extends Pick<HttpContext, 'gate' | 'log'> {
  readonly feed: ConsoleFeed;
  /** Where the public interface listens. */
  readonly target: LookUpOptions['target'];
  readonly lookUpTimeoutMs: number;
  readonly clock: Clock;
}

/** The console's part of the admin listener. */
export interface Console {
  /** What answers a request target; undefined when it is not the console's. */
  endpointOf(url: string): Endpoint | undefined;
  close(): void;
}

export function createConsole(options: ConsoleOptions): Console {
  const { target, lookUpTimeoutMs: timeoutMs, log } = options;
  const streams = createEventStreams(options);
  const endpoints = new Map([
    ...createPageEndpoints(options),
    ['/console/api/stream', guard(options, 'metrics:read', streams.endpoint)] as const,
  ]);
  const lookUp = guard(options, 'balance:read', createLookUp({ target, timeoutMs, log }));
  return {
    endpointOf: (url) => (isLookUp(url) ? lookUp : endpoints.get(url.split('?', 1)[0] as string)),
    close: () => streams.close(),
  };
}
