import { connect } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { PIPELINE_MAX } from '../../src/http/limits.ts';
import type { HttpServer } from '../../src/http/server.ts';
import { systemClock } from '../../src/time/clock.ts';
import { FakeService, holdAnswers, startServer, until } from './fake-service.ts';
import { CHANGE, valid } from './hostile-case.ts';
import { changed, entriesRead, fittingOutcome } from './outcomes.ts';
import { exchange, message, RawConnection } from './raw-connection.ts';

const change = message('POST', CHANGE, { body: valid });
/** One read of a socket takes at most this much. */
const READ_BYTES = 64 * 1024;

describe('one connection', () => {
  let server: HttpServer | undefined;
  const service = new FakeService();

  async function start(limits = {}, overrides = {}): Promise<number> {
    service.operations.length = 0;
    service.answer = fittingOutcome;
    const started = await startServer(service, limits, overrides);
    server = started.server;
    return started.port;
  }

  afterEach(() => server?.close());

  test('that sends 50,000 requests at once is read from only as its answers leave, and gets all of them', async () => {
    const port = await start();
    const release = holdAnswers(service);
    const socket = connect({ port, host: '127.0.0.1' });
    let answers = 0;
    let tail = '';
    socket.on('data', (chunk) => {
      const text = tail + chunk.toString('latin1');
      answers += text.split('HTTP/1.1 200 OK').length - 1;
      tail = /(?:HTTP\/1.1 200 OK)?$/.test(text) ? '' : text.slice(-14);
    });
    socket.write(Buffer.concat(Array.from({ length: 50_000 }, () => change)));
    await until(() => service.operations.length >= PIPELINE_MAX);
    await new Promise((resolve) => setTimeout(resolve, 300));
    // What came with one turn of the event loop is taken in: a few reads.
    expect(service.operations.length).toBeLessThan(PIPELINE_MAX + (10 * READ_BYTES) / change.length);
    release(changed());
    await vi.waitUntil(() => service.operations.length === 50_000, { timeout: 15_000 });
    await vi.waitUntil(() => answers >= 49_900, { timeout: 5000 });
    socket.destroy();
  });

  test('that does not read its answers is not read from for long, and ended', async () => {
    const port = await start({ receiveTimeoutMs: 300, checkingIntervalMs: 50 }, { requestTimeoutMs: 500 });
    service.answer = () =>
      ({ ...entriesRead, entries: Array.from({ length: 500 }, () => entriesRead.entries[1]) }) as never;
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    socket.pause();
    const list = message('GET', '/api/users/7/entries?limit=500');
    socket.write(Buffer.concat(Array.from({ length: 20_000 }, () => list)));
    await until(() => server?.busyConnections === 1);
    await vi.waitUntil(() => server?.busyConnections === 0, { timeout: 5000 });
    expect(service.operations.length).toBeLessThan(10_000);
    socket.destroy();
  });

  test.each([
    ['a request without a host', 'GET /livez HTTP/1.1\r\n\r\n'],
    ['a request with two hosts', 'GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['a request of HTTP/2.0', 'GET /livez HTTP/2.0\r\nHost: a\r\n\r\n'],
    ['another expectation', `POST ${CHANGE} HTTP/1.1\r\nHost: a\r\nExpect: x\r\nContent-Length: 0\r\n\r\n`],
    ['HTTP/1.0', 'GET /livez HTTP/1.0\r\n\r\n'],
    ['a request to close', 'GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
  ])('that is closed after %s has nothing done for it that came behind', async (_what, first) => {
    const port = await start();
    const connection = await RawConnection.open(port);
    connection.send(Buffer.concat([Buffer.from(first), change, change]));
    expect((await connection.answer()).headers.connection).toBe('close');
    expect(await connection.closed()).toBe('');
    expect(service.operations).toEqual([]);
  });
});

describe('connections', () => {
  test('beyond the limit are told so and closed, and are welcome again when others have gone', async () => {
    const service = new FakeService();
    service.answer = fittingOutcome;
    const { server, port } = await startServer(service, { connectionsMax: 3, turnedAwayMax: 2, lingerMs: 100 });
    const kept = [];
    for (let i = 0; i < 3; i += 1) {
      const connection = await RawConnection.open(port);
      await connection.send(change).answer();
      kept.push(connection);
    }
    const excess = await RawConnection.open(port);
    const answer = await excess.send(change).answer();
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.body).code).toBe('overloaded');
    expect(answer.headers).toMatchObject({ 'retry-after': '1', connection: 'close' });
    expect(await excess.closed()).toBe('');
    expect(service.operations).toHaveLength(3);

    const flood = await Promise.all(Array.from({ length: 20 }, () => RawConnection.open(port)));
    await Promise.all(flood.map((connection) => connection.closed()));
    for (const connection of kept) expect((await connection.send(change).answer()).status).toBe(200);
    kept.pop()?.destroy();
    await vi.waitUntil(async () => (await exchange(port, change)).status === 200, { timeout: 5000 });
    for (const connection of kept) connection.destroy();
    server.close();
  });

  test('beyond the limit take the place of one that is idle, never of one that waits for its answer', async () => {
    const service = new FakeService();
    service.answer = fittingOutcome;
    let leapMs = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + leapMs };
    const { server, port } = await startServer(service, { connectionsMax: 3 }, { clock });
    const waiting = await RawConnection.open(port);
    const idle = [await RawConnection.open(port), await RawConnection.open(port)];
    for (const connection of idle) await connection.send(change).answer();
    const release = holdAnswers(service);
    waiting.send(change);
    await until(() => service.operations.length === 3);
    expect((await exchange(port, change)).status).toBe(503);

    leapMs = 5000;
    service.answer = fittingOutcome;
    const newcomers = [];
    for (const gone of idle) {
      const newcomer = await RawConnection.open(port);
      expect((await newcomer.send(change).answer()).status).toBe(200);
      expect(await gone.closed()).toBe('');
      newcomers.push(newcomer);
    }
    expect((await exchange(port, change)).status).toBe(503);
    release(changed());
    expect((await waiting.answer()).status).toBe(200);
    for (const connection of [waiting, ...newcomers]) connection.destroy();
    server.close();
  });
});
