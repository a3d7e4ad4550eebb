import { describe, expect, it } from 'vitest';
import type { BalanceClientOptions } from '../../src/client/balance-client.ts';
import { done, failure, openClient } from './open-client.ts';
import { passTime } from './pass-time.ts';
import { deaf, lost, problem, type Step, silent, text, unreachable } from './scripted-fetch.ts';

const badGateway = text(502, '<html>', { 'content-type': 'text/html' });

describe('a change is made again', () => {
  it.each<[string, Step]>([
    ['an overload', problem('overloaded')],
    ['a service that is not ready', problem('not_ready')],
    ['the rate limit', problem('rate_limited')],
    ['a request that came too slowly', problem('request_timeout')],
    ['an unknown outcome', problem('outcome_unknown')],
    ['a lost connection', lost],
    ['no connection', unreachable],
    ['no answer in time', silent],
    ['no answer in time from a fetch that goes on', deaf],
    ['a bad gateway', badGateway],
    ['a 503 that is not of the service', text(503, 'busy')],
    ['a 504 that is not of the service', text(504, '')],
  ])('after %s, under the same key', async (_what, step) => {
    const { change, script } = openClient([step, step, done]);
    expect(await change()).toMatchObject({ kind: 'done', balance: 98 });
    expect(script.keys).toEqual(['k', 'k', 'k']);
    expect(new Set(script.sent.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  it('under one key that was made for it, when it came without', async () => {
    const { clock, client, script } = openClient([lost, problem('overloaded'), done]);
    await passTime(clock, client.change({ userId: 7, amount: -2 }));
    expect(script.keys).toHaveLength(3);
    expect(new Set(script.keys).size).toBe(1);
  });

  it('with a fresh token each time', async () => {
    let count = 0;
    const credentials = async () => `token-${++count}`;
    const { change, script } = openClient([lost, problem('overloaded'), done], { credentials });
    await change();
    expect(script.sent.map(({ headers }) => headers.authorization)).toEqual([
      ...['Bearer token-1', 'Bearer token-2', 'Bearer token-3'],
    ]);
  });
});

describe('the pause between two attempts', () => {
  const pausesOf = async (steps: readonly Step[], options: Partial<BalanceClientOptions>, chance: number) => {
    const { clock, script, change } = openClient(steps, options);
    clock.chance = chance;
    clock.wallMs = Date.UTC(2026, 10, 22, 12);
    await change();
    return script.sent.slice(1).map(({ atMs }, i) => atMs - (script.sent[i]?.atMs ?? 0));
  };
  const fiveOverloads = [...Array<Step>(5).fill(problem('overloaded')), done];
  const pauses = { pauseFirstMs: 100, pauseMaxMs: 500 };

  it.each([
    ['doubles up to its limit, all of it at most', 1, [100, 200, 400, 500, 500]],
    ['is drawn from all of that', 0.25, [25, 50, 100, 125, 125]],
    ['may be none', 0, [0, 0, 0, 0, 0]],
  ])('%s', async (_what, chance, expected) => {
    expect(await pausesOf(fiveOverloads, pauses, chance)).toEqual(expected);
  });

  it.each([
    ['3', 3000],
    ['0', 0],
    ['Sun, 22 Nov 2026 12:00:07 GMT', 7000],
    ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
    ['soon', 0],
    ['-1', 0],
    ['1.5', 0],
    ['2027', 2_027_000],
    ['2026-11-22', 0],
  ])('comes on top of Retry-After: %s', async (value, waitMs) => {
    const steps = [problem('overloaded', { 'retry-after': value }), done];
    expect(await pausesOf(steps, { ...pauses, timeoutMs: 3_000_000 }, 0.5)).toEqual([waitMs + 50]);
  });

  it('is not begun when the next attempt would come too late', async () => {
    const { change, clock } = openClient([problem('rate_limited', { 'retry-after': '60' })]);
    expect(await failure(change())).toMatchObject({ code: 'deadline_exceeded', mayBeApplied: false, attempts: 1 });
    expect(clock.now()).toBe(0);
  });
});

describe('the bounds', () => {
  it('of an attempt are its own time and what is left of the whole', async () => {
    const { change, script, clock } = openClient([silent], {
      timeoutMs: 10_000,
      attemptTimeoutMs: 4000,
      pauseFirstMs: 1,
    });
    clock.chance = 0;
    expect(await failure(change())).toMatchObject({ code: 'deadline_exceeded', attempts: 3 });
    expect(script.sent.map(({ atMs }) => atMs)).toEqual([0, 4000, 8000]);
    expect(clock.now()).toBe(10_000);
  });

  it('of a call can be its own', async () => {
    const { change, clock } = openClient([silent]);
    expect(await failure(change({ timeoutMs: 70 }))).toMatchObject({ code: 'deadline_exceeded', attempts: 1 });
    expect(clock.now()).toBe(70);
  });

  it('are also a number of attempts', async () => {
    const { change, script, clock } = openClient([problem('overloaded')], { attemptsMax: 4 });
    clock.chance = 0;
    expect(await failure(change())).toMatchObject({ code: 'attempts_exhausted', mayBeApplied: false, attempts: 4 });
    expect(script.sent).toHaveLength(4);
  });

  it('leave no timer behind', async () => {
    const { change, clock } = openClient([silent, problem('overloaded'), done]);
    await change();
    expect(clock.pending).toBe(0);
  });
});
