import { expect, it } from 'vitest';
import { WriterSession } from '../../src/store/writer-session.ts';
import { ManualClock } from '../support/manual-clock.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

it('an outage of the database is logged once for each reason, however often it is tried', async () => {
  const reasons: string[] = [];
  let attempts = 0;
  let reason = 'refused';
  const clock = new ManualClock();
  const session = new WriterSession<never>({
    connect: () => ({
      ended: new Promise(() => undefined),
      open: () => {
        attempts += 1;
        return Promise.reject(new Error(reason));
      },
      tryLease: () => Promise.reject(new Error('not open')),
      run: () => Promise.reject(new Error('not open')),
      confirmDurable: () => Promise.reject(new Error('not open')),
      ping: () => Promise.reject(new Error('not open')),
      close: async () => undefined,
    }),
    clock,
    log: { info: () => undefined, warn: (fields: { reason: string }) => void reasons.push(fields.reason) } as never,
    onStateChange: () => undefined,
  });
  const pass = async (seconds: number) => {
    for (let i = 0; i < 10 * seconds; i += 1) {
      await settled();
      clock.advance(100);
    }
  };
  session.start();
  await pass(10);
  reason = 'starting up';
  await pass(10);
  await session.close();
  expect(attempts).toBeGreaterThan(40);
  expect(reasons).toHaveLength(2);
  expect(reasons[0]).toContain('refused');
  expect(reasons[1]).toContain('starting up');
});
