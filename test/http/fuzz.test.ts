import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { HttpServer } from '../../src/http/server.ts';
import { answersIn } from './answers-in.ts';
import { FakeService, type Running, startServer, waysIn } from './fake-service.ts';
import { CHANGE, valid } from './hostile-case.ts';
import { fittingOutcome } from './outcomes.ts';
import { exchange, message } from './raw-connection.ts';
import { converse, damagedStream } from './stream-fuzz.ts';

const tokenCharacter = fc.constantFrom(..."abcXYZ019!#$%&'*+-.^_`|~");
const anyName = fc.oneof(
  fc.string({ unit: tokenCharacter, minLength: 1, maxLength: 20 }),
  fc.constantFrom('Accept', 'Accept-Encoding', 'Authorization', 'Cookie', 'Forwarded', 'If-Match', 'Range', 'TE'),
  fc.constantFrom('X-HTTP-Method-Override', 'X-Forwarded-Host', 'X-Original-URL', 'Trailer', 'Upgrade', 'Via'),
  fc.constantFrom('Connection', 'Content-Type', 'Idempotency-Key', 'host', '__proto__', 'constructor', 'Keep-Alive'),
);
/** Printable ASCII, tabs and the bytes above it: what a field value may consist of. */
const anyValue = fc
  .array(fc.oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0x80, max: 0xff }), fc.constant(9)), {
    maxLength: 60,
  })
  .map((codes) => String.fromCharCode(...codes));
const anyFields = fc.array(
  fc.tuple(anyName, anyValue).map(([name, value]) => `${name}: ${value}`),
  { maxLength: 120 },
);

describe.each(waysIn)('through $way', ({ start }) => {
  const service = new FakeService();
  let running: Running;

  beforeAll(async () => {
    service.answer = fittingOutcome;
    running = await start(service.dependencies());
  });
  afterAll(() => running.close());

  test('no header fields whatsoever are answered with a 5xx', async () => {
    await fc.assert(
      fc.asyncProperty(anyFields, async (headers) => {
        service.operations.length = 0;
        const { status } = await exchange(running.port, message('POST', CHANGE, { body: valid, headers }));
        expect([200, 400, 415, 431]).toContain(status);
        expect(service.operations).toHaveLength(status === 200 ? 1 : 0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a damaged stream of pipelined requests', () => {
  const service = new FakeService();
  let server: HttpServer;
  let port: number;

  beforeAll(async () => {
    service.answer = fittingOutcome;
    // Whatever a stream leaves open ends soon.
    const limits = { receiveTimeoutMs: 200, checkingIntervalMs: 20, keepAliveTimeoutMs: 200, lingerMs: 100 };
    ({ server, port } = await startServer(service, limits));
  });
  beforeEach(() => {
    service.operations.length = 0;
  });
  afterAll(() => server.close());

  test('is answered in whole answers, none a 5xx, and every operation of it with its own', async () => {
    const streams = fc.array(damagedStream, { minLength: 60, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(streams, async (together) => {
        service.operations.length = 0;
        const answers = (await Promise.all(together.map((bytes) => converse(port, bytes, 5000)))).map(answersIn);
        for (const { statuses, rest } of answers) {
          expect(rest).toBe('');
          for (const status of statuses) expect([100, 200, 400, 404, 405, 408, 413, 415, 417, 431]).toContain(status);
        }
        const done = answers.flatMap(({ statuses }) => statuses).filter((status) => status === 200);
        expect(done).toHaveLength(service.operations.length);
        expect(service.logged).toEqual([]);
      }),
      { numRuns: 10 },
    );
    expect((await exchange(port, message('GET', '/livez'))).status).toBe(200);
  });
});
