import { RateLimiterMemory } from 'rate-limiter-flexible';
import { describe, expect, it } from 'vitest';
import { openRateCounter } from '../../src/access/rate-counter.ts';
import { RateLimit, type RateLimitOptions } from '../../src/access/rate-limit.ts';
import { ManualClock } from '../support/manual-clock.ts';

const settings = { requests: 3, windowS: 60 };

function limitOf(counter: Awaited<RateLimitOptions['counter']>, clock = new ManualClock()) {
  const logged: unknown[][] = [];
  const log = { warn: (...line: unknown[]) => void logged.push(line) } as never;
  return { limit: new RateLimit({ settings, counter: Promise.resolve(counter), clock, log }), clock, logged };
}

describe('a rate limit', () => {
  it('admits so many of one caller in a window, tells how many are left, and does not touch another', async () => {
    const { limit } = limitOf(await openRateCounter(settings, 1));
    const taken = [await limit.take('a'), await limit.take('a'), await limit.take('a'), await limit.take('a')];
    expect(taken.map(({ isAdmitted }) => isAdmitted)).toEqual([true, true, true, false]);
    expect(taken.map(({ quota }) => quota?.remaining)).toEqual([2, 1, 0, 0]);
    expect(taken[3]?.quota).toEqual({ requests: 3, windowS: 60, remaining: 0, resetS: 60 });
    expect((await limit.take('b')).isAdmitted).toBe(true);
  });

  it('asks the counter no more for a caller that has used it up, until its window ends', async () => {
    const counter = new RateLimiterMemory({ points: 3, duration: 60 });
    let asked = 0;
    const { limit, clock } = limitOf({
      consume(key) {
        asked += 1;
        return counter.consume(key);
      },
    });
    for (let i = 0; i < 4; i += 1) await limit.take('a');
    for (let i = 0; i < 1000; i += 1) expect(limit.take('a')).toMatchObject({ isAdmitted: false });
    expect(asked).toBe(4);
    clock.advance(60_000);
    await limit.take('a');
    expect(asked).toBe(5);
  });

  it('admits everybody while the counter does not answer, and says so', async () => {
    const { limit, logged } = limitOf({ consume: () => Promise.reject(new Error('no answer')) });
    for (let i = 0; i < 10; i += 1) expect(await limit.take('a')).toEqual({ isAdmitted: true, quota: null });
    expect(logged).toHaveLength(10);
  });

  it('lets a bounded number of requests wait for the counter', async () => {
    let answer = (): void => undefined;
    const answered = new Promise<never>((_, reject) => {
      answer = () => reject(new Error('never mind'));
    });
    const { limit } = limitOf({ consume: () => answered });
    const waiting = Array.from({ length: 16_384 }, () => limit.take('a'));
    expect(waiting.every((one) => one instanceof Promise)).toBe(true);
    expect(limit.take('a')).toEqual({ isAdmitted: true, quota: null });
    answer();
    await Promise.all(waiting);
    expect(limit.take('a')).toBeInstanceOf(Promise);
  });
});
