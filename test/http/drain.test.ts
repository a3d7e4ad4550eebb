import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HttpServer } from '../../src/http/server.ts';
import { FakeService, holdAnswers, startServer, until } from './fake-service.ts';
import { changed, fittingOutcome } from './outcomes.ts';
import { message, RawConnection } from './raw-connection.ts';

const change = message('POST', '/api/users/update-balance', { body: '{"userId":7,"amount":-2}' });
const limits = { drainGraceMs: 100, drainTimeoutMs: 1500 };

describe('a drain', () => {
  let service: FakeService;
  let server: HttpServer;
  let port: number;

  beforeEach(async () => {
    service = new FakeService();
    service.answer = fittingOutcome;
    ({ server, port } = await startServer(service, limits));
  });
  afterEach(() => server.close());

  /** A connection that was accepted and has had one answer. */
  async function openIdle(): Promise<RawConnection> {
    const connection = await RawConnection.open(port);
    await connection.send(change).answer();
    service.operations.length = 0;
    return connection;
  }

  test('answers what is open, closes its connection, and then is done', async () => {
    const release = holdAnswers(service);
    const connection = (await RawConnection.open(port)).send(change);
    await until(() => service.operations.length === 1);
    let isDone = false;
    const drained = server.drain().then(() => {
      isDone = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 2 * limits.drainGraceMs));
    expect(isDone).toBe(false);
    release(changed());
    const answer = await connection.answer();
    expect(answer.status).toBe(200);
    expect(answer.headers.connection).toBe('close');
    await connection.closed();
    await drained;
    expect(server.busyConnections).toBe(0);
  });

  test('still serves a request that comes on a kept connection within the grace, as the last on it', async () => {
    const connection = await openIdle();
    const drained = server.drain();
    const answer = await connection.send(change).answer();
    expect(answer.status).toBe(200);
    expect(answer.headers.connection).toBe('close');
    await connection.closed();
    await drained;
  });

  test('answers every pipelined request before it closes their connection', async () => {
    const connection = await openIdle();
    const release = holdAnswers(service);
    connection.send(change);
    await until(() => service.operations.length === 1);
    const drained = server.drain();
    connection.send(change).send(change);
    await until(() => service.operations.length === 3);
    release(changed());
    const answers = [await connection.answer(), await connection.answer(), await connection.answer()];
    expect(answers.map(({ headers }) => headers.connection)).toEqual(['keep-alive', 'keep-alive', 'close']);
    await connection.closed();
    await drained;
  });

  test('closes idle connections, those that never spoke and those in the middle of a request, and accepts none', async () => {
    const idle = await openIdle();
    const silent = await RawConnection.open(port);
    const slow = (await RawConnection.open(port)).send(change.subarray(0, 40));
    const incomplete = (await RawConnection.open(port)).send(change.subarray(0, change.length - 1));
    await until(() => server.busyConnections === 1);
    const drained = server.drain();
    await expect(RawConnection.open(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    for (const connection of [idle, silent, slow, incomplete]) expect(await connection.closed()).toBe('');
    await drained;
    // It did not come to the cut at the bound, which is logged.
    expect(service.logged).toEqual([]);
    expect(service.operations).toEqual([]);
  });

  test('cuts off at its bound what never ends', async () => {
    holdAnswers(service);
    const connection = (await RawConnection.open(port)).send(change);
    await until(() => service.operations.length === 1);
    const startedAt = performance.now();
    await server.drain();
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(limits.drainTimeoutMs - 50);
    expect(await connection.closed()).toBe('');
    expect(service.logged).toHaveLength(1);
  });

  test('asked for twice is one drain', async () => {
    expect(server.drain()).toBe(server.drain());
    await server.drain();
  });
});
