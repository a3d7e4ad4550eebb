import { afterEach, describe, expect, it, vi } from 'vitest';
import type { UserId } from '../../src/domain/operation.ts';
import { OutsideChanges } from '../../src/store/outside-changes.ts';
import { systemClock } from '../../src/time/clock.ts';
import { DatabaseProxy } from '../faults/database-proxy.ts';
import { useDatabase } from '../support/database.ts';
import { silentLog } from '../support/silent-log.ts';

const database = useDatabase();
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function aListener() {
  const url = new URL(database.url);
  const proxy = await DatabaseProxy.open(Number(url.port));
  url.host = `127.0.0.1:${proxy.port}`;
  const heard: UserId[] = [];
  const gaps: number[] = [];
  const outside = new OutsideChanges({
    databaseUrl: url.href,
    clock: systemClock,
    log: silentLog,
    onChange: (userId) => heard.push(userId),
    onGap: () => gaps.push(systemClock.now()),
  });
  closers.push(
    () => proxy.close(),
    () => outside.close(),
  );
  outside.start();
  await vi.waitUntil(() => gaps.length > 0, { timeout: 5000 });
  return { proxy, heard, gaps };
}

const change = (userId: number) => database.query('update users set balance = balance + 1 where id = $1', [userId]);

describe('hearing of outside changes', () => {
  it('names the user whose balance plain SQL has changed, and forgets nothing else', async () => {
    const { heard, gaps } = await aListener();
    await database.query('insert into users (id, balance) values (1, 5)');
    gaps.splice(0);
    await change(1);
    await vi.waitUntil(() => heard.length > 0, { timeout: 2000 });
    // Longer than a connection without a sign of life would be trusted.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(heard).toEqual([1]);
    expect(gaps).toEqual([]);
  });

  it('forgets every second while the connection carries nothing and nobody says so, and hears again after', async () => {
    const { proxy, gaps, heard } = await aListener();
    await database.query('insert into users (id, balance) values (2, 5)');
    gaps.splice(0);
    const silentMs = systemClock.now();
    proxy.silence(() => true);
    // Past the point at which the connection is given up, when connecting again falls silent too.
    await vi.waitUntil(() => systemClock.now() - silentMs > 4500, { timeout: 10_000 });
    const times = [silentMs, ...gaps, systemClock.now()];
    const waits = times.slice(1).map((time, index) => time - (times[index] as number));
    expect(Math.max(...waits)).toBeLessThan(1000);
    proxy.passAll();
    const isHeard = async () => {
      await change(2);
      return heard.includes(2 as UserId);
    };
    await vi.waitUntil(isHeard, { timeout: 5000, interval: 100 });
  });
});
