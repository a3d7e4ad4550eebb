import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import type { Operation, UserId } from '../../src/domain/operation.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { createApp } from '../../src/http/app.ts';
import type { HttpDependencies } from '../../src/http/context.ts';
import { HTTP_LIMITS, type HttpLimits } from '../../src/http/limits.ts';
import { createHttpServer, type HttpServer } from '../../src/http/server.ts';
import { systemClock } from '../../src/time/clock.ts';

/** Stands behind the HTTP layer, keeps what reaches it and answers what a test tells it to. */
export class FakeService {
  readonly operations: Operation[] = [];
  readonly logged: unknown[] = [];
  isReady = true;
  answer: (operation: Operation) => Outcome | Promise<Outcome> = () => {
    throw new Error('no answer was prepared');
  };
  allocate: () => Promise<UserId | null> = () => Promise.reject(new Error('no id was prepared'));

  dependencies(overrides: Partial<HttpDependencies> = {}): HttpDependencies {
    const keep = (...line: unknown[]) => void this.logged.push(line);
    return {
      operations: {
        handle: async (operation) => {
          this.operations.push(operation);
          return this.answer(operation);
        },
      },
      allocateUserId: () => this.allocate(),
      isReady: () => this.isReady,
      gate: null,
      meter: null,
      observers: [],
      clock: systemClock,
      requestTimeoutMs: 5000,
      log: { error: keep, warn: keep, debug: keep },
      ...overrides,
    };
  }
}

export interface Running {
  readonly port: number;
  /** What supertest takes. */
  readonly target: Express | string;
  close(): Promise<void>;
}

async function startApp(dependencies: HttpDependencies): Promise<Running> {
  const app = createApp(dependencies);
  const server = createServer({ requireHostHeader: false }, app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port, target: app, close };
}

async function startFrontDoor(dependencies: HttpDependencies): Promise<Running> {
  const server = createHttpServer(dependencies);
  const { port } = await server.listen({ port: 0, host: '127.0.0.1' });
  return { port, target: `http://127.0.0.1:${port}`, close: async () => server.close() };
}

/** Both ways into the same handlers; whatever holds for one must hold for the other. */
export const waysIn = [
  { way: 'the Express app', start: startApp },
  { way: 'the front door', start: startFrontDoor },
];

/** The server with limits short enough for a test. */
export async function startServer(
  service: FakeService,
  limits: Partial<HttpLimits> = {},
  overrides: Partial<HttpDependencies> = {},
): Promise<{ server: HttpServer; port: number }> {
  const server = createHttpServer(service.dependencies(overrides), { ...HTTP_LIMITS, ...limits });
  const { port } = await server.listen({ port: 0, host: '127.0.0.1' });
  return { server, port };
}

/** Lets every operation wait for one outcome; the returned function gives it. */
export function holdAnswers(service: FakeService): (outcome: Outcome) => void {
  let release: (outcome: Outcome) => void = () => {};
  const outcome = new Promise<Outcome>((resolve) => {
    release = resolve;
  });
  service.answer = () => outcome;
  return release;
}

/** Turns the event loop until `holds`, with a bound. */
export async function until(holds: () => boolean): Promise<void> {
  const endsAt = Date.now() + 5000;
  while (!holds()) {
    if (Date.now() > endsAt) throw new Error('it never came to hold');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
