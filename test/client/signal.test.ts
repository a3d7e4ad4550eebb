import { afterEach, describe, expect, it, vi } from 'vitest';
import { done, failure, openClient } from './open-client.ts';
import { passTime } from './pass-time.ts';
import { deaf, lost, problem, type Step, silent } from './scripted-fetch.ts';

describe('a signal', () => {
  afterEach(() => void process.removeAllListeners('warning'));
  const why = new Error('the caller has gone');

  async function abortedAt(atMs: number, steps: readonly Step[]) {
    const { clock, change, script } = openClient(steps, { pauseFirstMs: 1000 });
    const controller = new AbortController();
    if (atMs === 0) controller.abort(why);
    else clock.schedule(atMs, () => controller.abort(why));
    const error = await failure(change({ signal: controller.signal }));
    expect(error).toMatchObject({ code: 'aborted', cause: why, idempotencyKey: 'k' });
    return { error, script, atMs: clock.now() };
  }

  it('ends a change before it is sent', async () => {
    const { error, script } = await abortedAt(0, [done]);
    expect(error).toMatchObject({ mayBeApplied: false, attempts: 0 });
    expect(script.sent).toEqual([]);
  });

  it.each([silent, deaf])('ends an attempt, which may have been applied', async (step) => {
    const { error, atMs } = await abortedAt(100, [step]);
    expect([error.mayBeApplied, atMs]).toEqual([true, 100]);
  });

  it('ends a pause', async () => {
    const { error, atMs } = await abortedAt(100, [problem('overloaded')]);
    expect([error.mayBeApplied, atMs]).toEqual([false, 100]);
    expect((await abortedAt(100, [lost])).error.mayBeApplied).toBe(true);
  });

  it('proves nothing of the connection by its reason', async () => {
    const refusedConnection = new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } });
    for (const reason of [refusedConnection, null]) {
      const { clock, change } = openClient([silent]);
      const controller = new AbortController();
      clock.schedule(10, () => controller.abort(reason));
      expect(await failure(change({ signal: controller.signal }))).toMatchObject({
        code: 'aborted',
        mayBeApplied: true,
      });
    }
  });

  it('may be one for many calls', async () => {
    const warned = vi.fn();
    process.on('warning', warned);
    const { clock, client } = openClient([problem('overloaded')]);
    const controller = new AbortController();
    const { signal } = controller;
    const all = Array.from({ length: 50 }, () => client.readBalance(7, { signal }).catch(({ code }) => code));
    clock.schedule(20, () => controller.abort());
    expect(new Set(await passTime(clock, Promise.all(all)))).toEqual(new Set(['aborted']));
    expect(warned).not.toHaveBeenCalled();
  });
});
