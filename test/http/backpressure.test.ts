import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/domain/outcome.ts';
import { Backpressure } from '../../src/http/backpressure.ts';
import type { HttpServer } from '../../src/http/server.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { FakeService, startServer, until } from './fake-service.ts';
import { changed, fittingOutcome } from './outcomes.ts';
import { message, RawConnection } from './raw-connection.ts';

const UNREAD_MAX_MS = 5000;
const limits = { inFlightMax: 2, busyShare: 0.8, unreadMaxMs: UNREAD_MAX_MS };

class FakeSocket {
  #isPaused = false;

  isPaused(): boolean {
    return this.#isPaused;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
  }
}

describe('backpressure', () => {
  let clock: ManualClock;
  let backpressure: Backpressure;
  let utilization: number;

  beforeEach(() => {
    clock = new ManualClock();
    utilization = 1;
    backpressure = new Backpressure(clock, limits, () => utilization);
    backpressure.start();
    clock.advance(100);
  });

  const begin = (count: number) => {
    for (let i = 0; i < count; i += 1) backpressure.begin();
  };
  /** What was held, at the end of the turn. */
  const queue = (count: number) => {
    const sockets = Array.from({ length: count }, () => new FakeSocket());
    for (const socket of sockets) backpressure.queue(socket);
    clock.advance(0);
    return sockets;
  };
  const held = (sockets: readonly FakeSocket[]) => sockets.map((socket) => socket.isPaused());

  test('holds nobody until enough is in flight', () => {
    begin(1);
    expect(held(queue(1))).toEqual([false]);
    begin(1);
    expect(held(queue(1))).toEqual([true]);
  });

  test('holds nobody, however much is in flight, where the processor has time left: the database is the limit', () => {
    begin(100);
    const sockets = queue(300);
    expect(held(sockets)).not.toContain(false);
    utilization = 0.7;
    clock.advance(100);
    expect(held(sockets)).not.toContain(true);
    expect(held(queue(1))).toEqual([false]);
  });

  test('holds a caller that was answered while others are in flight', () => {
    begin(3);
    const socket = new FakeSocket();
    backpressure.end(socket);
    clock.advance(0);
    expect(socket.isPaused()).toBe(true);
  });

  test('lets in as many as there is room for, in the order in which they came, and whoever was answered comes last', () => {
    begin(4);
    const sockets = queue(3);
    const answered = [new FakeSocket(), new FakeSocket(), new FakeSocket()] as const;
    backpressure.end(answered[0]);
    backpressure.end(answered[1]);
    clock.advance(0);
    expect(held(sockets)).toEqual([true, true, true]);
    backpressure.end(answered[2]);
    // The one that reads on sends something at once.
    const first = sockets[0] as FakeSocket;
    first.resume = () => {
      FakeSocket.prototype.resume.call(first);
      backpressure.begin();
    };
    clock.advance(50);
    expect(held([...sockets, ...answered])).toEqual([false, true, true, true, true, true]);
  });

  test('goes past those who send nothing until all have been let in', () => {
    begin(2);
    const sockets = queue(1000);
    backpressure.end(new FakeSocket());
    clock.advance(50);
    expect(held(sockets)).not.toContain(true);
  });

  test('holds a connection once, though it was answered twice', () => {
    begin(4);
    const socket = new FakeSocket();
    backpressure.end(socket);
    backpressure.end(socket);
    clock.advance(0);
    expect(socket.isPaused()).toBe(true);
    backpressure.end(new FakeSocket());
    clock.advance(50);
    expect(socket.isPaused()).toBe(false);
  });

  test('keeps nobody longer than the bound, whatever is in flight', () => {
    begin(1000);
    const first = queue(1);
    clock.advance(1000);
    const second = queue(1);
    clock.advance(UNREAD_MAX_MS - 1100);
    expect(held([...first, ...second])).toEqual([true, true]);
    clock.advance(200);
    expect(held([...first, ...second])).toEqual([false, true]);
    clock.advance(1000);
    expect(held([...first, ...second])).toEqual([false, false]);
  });

  test('holds nobody once it is stopped, and leaves no timer', () => {
    begin(1000);
    const sockets = queue(1000);
    backpressure.stop();
    expect(held([...sockets, ...queue(1)])).not.toContain(true);
    expect(clock.pending).toBe(0);
  });
});

describe('a server whose processor is busy', () => {
  const IN_FLIGHT_MAX = 3;
  const change = message('POST', '/api/users/update-balance', { body: '{"userId":7,"amount":-2}' });
  const service = new FakeService();
  let server: HttpServer;
  let port: number;
  let all: RawConnection[];
  let callers: RawConnection[];
  /** Each gives one open operation its outcome, the oldest first. */
  let waiting: ((outcome: Outcome) => void)[];

  const open = async () => {
    const connection = await RawConnection.open(port);
    all.push(connection);
    return connection;
  };
  const begun = () => service.operations.length;
  const settle = () => new Promise((resolve) => setTimeout(resolve, 50));
  const answerOne = () => waiting.shift()?.(changed());
  const answerAll = () => {
    service.answer = fittingOutcome;
    while (waiting.length > 0) answerOne();
  };

  /** As much is in flight as should be, and callers have been answered meanwhile: from then on they are held. */
  beforeEach(async () => {
    service.operations.length = 0;
    service.answer = fittingOutcome;
    all = [];
    waiting = [];
    // Any share is a busy one.
    ({ server, port } = await startServer(service, {
      inFlightMax: IN_FLIGHT_MAX,
      busyShare: 0,
      unreadMaxMs: UNREAD_MAX_MS,
      drainGraceMs: 100,
    }));
    const others: RawConnection[] = [];
    callers = [];
    for (let i = 0; i < IN_FLIGHT_MAX; i += 1) others.push(await open());
    for (let i = 0; i < 4; i += 1) callers.push(await open());
    // One answer each, so that all are accepted.
    for (const connection of all) await connection.send(change).answer();
    await new Promise((resolve) => setTimeout(resolve, 150));
    service.operations.length = 0;
    service.answer = () => new Promise((resolve) => waiting.push(resolve));
    for (const connection of others) connection.send(change);
    await until(() => begun() === IN_FLIGHT_MAX);
    for (const connection of callers) connection.send(change);
    await until(() => begun() === all.length);
    for (const release of waiting.splice(IN_FLIGHT_MAX)) release(changed());
    for (const connection of callers) await connection.answer();
    service.operations.length = 0;
  });
  afterEach(() => {
    for (const connection of all) connection.destroy();
    server.close();
  });

  test('reads the next request of a caller only when there is room, and then every one', async () => {
    for (const connection of callers) connection.send(change);
    await settle();
    expect(begun()).toBe(0);
    for (let answered = 1; waiting.length > 0; answered += 1) {
      answerOne();
      await settle();
      expect(waiting.length).toBeLessThanOrEqual(IN_FLIGHT_MAX);
      expect(begun()).toBe(Math.min(answered, callers.length));
    }
    for (const connection of callers) expect((await connection.answer()).status).toBe(200);
  });

  test('does not read from a newcomer either until there is room', async () => {
    const newcomer = (await open()).send(change);
    await settle();
    expect(begun()).toBe(0);
    answerOne();
    await until(() => begun() === 1);
    answerAll();
    expect((await newcomer.answer()).status).toBe(200);
  });

  test('loses no room to callers who hang up, in flight or held', async () => {
    for (const connection of callers) connection.send(change);
    await settle();
    for (const connection of all) connection.destroy();
    await settle();
    answerAll();
    await settle();
    const next = await open();
    for (let i = 0; i < 2 * IN_FLIGHT_MAX; i += 1) expect((await next.send(change).answer()).status).toBe(200);
  });

  test('reads once more from whoever is held when it drains', async () => {
    for (const connection of callers) connection.send(change);
    await settle();
    expect(begun()).toBe(0);
    const drained = server.drain();
    answerAll();
    for (const connection of callers) {
      const answer = await connection.answer();
      expect([answer.status, answer.headers.connection]).toEqual([200, 'close']);
    }
    await drained;
  });
});
