import { beforeEach, describe, expect, test } from 'vitest';
import { LoopOverload } from '../../src/http/overload.ts';
import type { Clock } from '../../src/time/clock.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { FakeService, startServer } from './fake-service.ts';
import { fittingOutcome } from './outcomes.ts';
import { message, RawConnection } from './raw-connection.ts';

const CHANGE = '/api/users/update-balance';
const TIMEOUT_MS = 5000;

/** A clock whose timers wait for turns of the event loop. */
class TurningClock extends ManualClock implements Clock {
  #offsetMs = 0;

  override now(): number {
    return super.now() + this.#offsetMs;
  }

  /** A turn of this length, at whose end the timers that fell due in it run. */
  turn(ms: number): void {
    this.#offsetMs += ms;
    this.advance(100);
  }
}

describe('the event loop of a worker', () => {
  let clock: TurningClock;
  let overload: LoopOverload;

  beforeEach(() => {
    clock = new TurningClock();
    overload = new LoopOverload(clock, TIMEOUT_MS);
    overload.start();
  });

  /** Of a thousand requests, in per cent. */
  const percentShed = () => {
    const shed = Array.from({ length: 1000 }, () => overload.sheds(CHANGE)).filter(Boolean);
    return Math.round(shed.length / 10);
  };

  test('that turns in time sheds nothing', () => {
    for (let i = 0; i < 100; i += 1) clock.turn(200);
    expect(overload.isShedding).toBe(false);
    expect(percentShed()).toBe(0);
  });

  test('that is taken by one burst, even a long one, sheds nothing', () => {
    clock.turn(20_000);
    clock.turn(0);
    clock.turn(4000);
    expect(overload.isShedding).toBe(false);
  });

  test('that turns so slowly that no deadline can be kept sheds a share, and more the longer it lasts', () => {
    clock.turn(2600);
    clock.turn(2600);
    expect(overload.isShedding).toBe(true);
    expect(percentShed()).toBe(30);
    clock.turn(2600);
    expect(percentShed()).toBe(51);
    for (let i = 0; i < 50; i += 1) clock.turn(2600);
    expect(percentShed()).toBe(90);
  });

  test('lets in everything again a second after it turns in time', () => {
    for (let i = 0; i < 50; i += 1) clock.turn(2600);
    for (let i = 0; i < 10; i += 1) clock.turn(0);
    expect(overload.isShedding).toBe(false);
    expect(percentShed()).toBe(0);
  });

  test('never sheds what asks whether the worker lives', () => {
    for (let i = 0; i < 50; i += 1) clock.turn(2600);
    for (const url of ['/livez', '/readyz', '/metrics']) {
      expect(Array.from({ length: 100 }, () => overload.sheds(url))).not.toContain(true);
    }
  });

  test('sheds an operation as well when its target is in absolute form, and nothing else for that', () => {
    for (let i = 0; i < 50; i += 1) clock.turn(2600);
    for (const origin of ['http://service', 'HTTPS://other:8443']) {
      const shed = Array.from({ length: 1000 }, () => overload.sheds(`${origin}${CHANGE}`)).filter(Boolean);
      expect(Math.round(shed.length / 10)).toBe(90);
      expect(Array.from({ length: 100 }, () => overload.sheds(`${origin}/livez`))).not.toContain(true);
      expect(overload.sheds(origin)).toBe(false);
    }
  });

  test('is not watched any more once it was stopped', () => {
    overload.stop();
    for (let i = 0; i < 50; i += 1) clock.turn(2600);
    expect(overload.isShedding).toBe(false);
  });
});

test('a worker whose turns stay too long says 503 to operations, and still that it lives', async () => {
  const service = new FakeService();
  service.answer = fittingOutcome;
  const { server, port } = await startServer(service, {}, { requestTimeoutMs: 200 });
  const connection = await RawConnection.open(port);
  // Timers run once per turn, so every one of these turns makes one tick late.
  for (let turns = 0; turns < 8; turns += 1) {
    const endsAtMs = performance.now() + 250;
    while (performance.now() < endsAtMs);
    await new Promise((resolve) => setTimeout(resolve));
  }
  connection.send(message('POST', CHANGE, { body: '{"userId":7,"amount":-2}' }));
  connection.send(message('GET', '/livez'));
  const shed = await connection.answer();
  expect(shed.status).toBe(503);
  expect(JSON.parse(shed.body).code).toBe('overloaded');
  expect(shed.headers['retry-after']).toBe('1');
  expect((await connection.answer()).status).toBe(200);
  expect(service.operations).toEqual([]);
  connection.destroy();
  server.close();
});
