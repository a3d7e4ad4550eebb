import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import type { Gate } from '../../src/access/gate.ts';
import { createAdminServer } from '../../src/admin/admin-server.ts';
import { createConsole } from '../../src/console/console-endpoints.ts';
import { ConsoleFeed } from '../../src/console/console-feed.ts';
import { type Clock, systemClock } from '../../src/time/clock.ts';
import { silentLog } from '../support/silent-log.ts';

export interface RunningConsole {
  readonly url: string;
  readonly port: number;
  readonly feed: ConsoleFeed;
  close(): void;
}

export interface RunningConsoleOptions {
  readonly feed?: ConsoleFeed;
  readonly gate?: Gate | null;
  readonly clock?: Clock;
  readonly port?: number;
  /** Where look-ups go; by default nobody is there. */
  readonly target?: { readonly host: string; readonly port: number };
  readonly lookUpTimeoutMs?: number;
}

/** The admin listener with a console on a feed of the test's own. */
export async function runConsole(options: RunningConsoleOptions = {}): Promise<RunningConsole> {
  const { feed = new ConsoleFeed(), gate = null, clock = systemClock, port: wanted = 0 } = options;
  const { target = { host: '127.0.0.1', port: 1 }, lookUpTimeoutMs = 2000 } = options;
  const console = createConsole({ feed, gate, target, lookUpTimeoutMs, clock, log: silentLog });
  const server = createAdminServer({ registry: new Registry(), gate, console, log: silentLog });
  const { port } = await server.listen({ host: '127.0.0.1', port: wanted });
  return { url: `http://127.0.0.1:${port}`, port, feed, close: () => server.close() };
}

export interface FakeApi {
  readonly target: { readonly host: string; readonly port: number };
  readonly requests: IncomingMessage[];
  close(): void;
}

/** In place of the public interface. */
export async function runFakeApi(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<FakeApi> {
  const requests: IncomingMessage[] = [];
  const listener: RequestListener = (request, response) => {
    requests.push(request);
    answer(request, response);
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    target: { host: '127.0.0.1', port },
    requests,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
