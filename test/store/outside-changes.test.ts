import { afterEach, describe, expect, it, vi } from 'vitest';
import type { UserId } from '../../src/domain/operation.ts';
import { type ChangeFeed, OutsideChanges } from '../../src/store/outside-changes.ts';
import { PostgresChangeFeed } from '../../src/store/postgres-change-feed.ts';
import { systemClock } from '../../src/time/clock.ts';
import { useDatabase } from '../support/database.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { silentLog } from '../support/silent-log.ts';

/** A feed that goes silent, ends or cannot be opened when it is told to. */
class FakeFeed implements ChangeFeed {
  readonly ended: Promise<Error>;
  end: (reason: Error) => void = () => undefined;
  isSilent = false;
  isClosed = false;
  readonly #isRefused: boolean;

  constructor(isRefused: boolean) {
    this.#isRefused = isRefused;
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  async open(): Promise<void> {
    if (this.#isRefused) throw new Error('LISTEN is not supported');
  }

  ping(): Promise<void> {
    return this.isSilent ? new Promise(() => undefined) : Promise.resolve();
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

function aListener(options: { isRefused: boolean } = { isRefused: false }) {
  const clock = new ManualClock();
  const feeds: FakeFeed[] = [];
  const gapsMs: number[] = [];
  const warnings: unknown[] = [];
  const outside = new OutsideChanges({
    connect: () => {
      const feed = new FakeFeed(options.isRefused);
      feeds.push(feed);
      return feed;
    },
    clock,
    log: { ...silentLog, warn: (...line: unknown[]) => void warnings.push(line) },
    onChange: () => undefined,
    onGap: () => gapsMs.push(clock.now()),
  });
  outside.start();
  /** Lets time pass, and promises settle on the way. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 10) {
      clock.advance(10);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { clock, feeds, gapsMs, warnings, outside, pass };
}

describe('listening for changes from outside', () => {
  it('forgets once when it begins, and nothing more while it hears', async () => {
    const { gapsMs, pass, feeds } = aListener();
    await pass(5000);
    expect(gapsMs).toHaveLength(1);
    expect(feeds).toHaveLength(1);
  });

  it('notices within 700 ms that a connection carries nothing any more, and listens anew', async () => {
    const { feeds, gapsMs, pass } = aListener();
    await pass(1000);
    (feeds[0] as FakeFeed).isSilent = true;
    await pass(1300);
    expect((gapsMs[1] as number) - 1000).toBeLessThanOrEqual(700);
    expect(feeds[0]?.isClosed).toBe(true);
    expect(feeds).toHaveLength(2);
    const heardAgain = gapsMs.length;
    await pass(3000);
    expect(gapsMs).toHaveLength(heardAgain);
  });

  it('lets nothing be used that is older than 900 ms while the database cannot notify, and says so once', async () => {
    const { outside, gapsMs, warnings, pass } = aListener({ isRefused: true });
    const useAfter = async (ms: number) => {
      await pass(ms);
      const before = gapsMs.length;
      outside.ensureSound();
      return gapsMs.length > before;
    };
    await pass(5000);
    await outside.close();
    expect(await useAfter(1000)).toBe(true);
    expect(await useAfter(800)).toBe(false);
    expect(await useAfter(100)).toBe(true);
    expect(warnings).toHaveLength(1);
  });

  it('lets what is heard of be used for as long as answers come', async () => {
    const { outside, gapsMs, pass } = aListener();
    await pass(100);
    for (let used = 0; used < 20; used += 1) {
      await pass(300);
      outside.ensureSound();
    }
    expect(gapsMs).toHaveLength(1);
  });

  it('lets nothing be used that a process has slept over', async () => {
    const { clock, outside, gapsMs, pass } = aListener();
    await pass(1000);
    clock.leap(950);
    outside.ensureSound();
    expect(gapsMs).toHaveLength(2);
  });

  it('stops with its owner', async () => {
    const { feeds, gapsMs, outside, pass } = aListener();
    await pass(100);
    await outside.close();
    (feeds[0] as FakeFeed).end(new Error('closed'));
    await pass(3000);
    expect(feeds).toHaveLength(1);
    expect(gapsMs).toHaveLength(1);
  });
});

describe('on PostgreSQL', () => {
  const database = useDatabase();
  let close = async (): Promise<void> => undefined;
  afterEach(() => close());

  it('hears of a balance changed by SQL, also after its session was ended', async () => {
    const heard: UserId[] = [];
    const onGap = vi.fn();
    const outside = new OutsideChanges({
      connect: (onChange) => new PostgresChangeFeed(database.url, onChange),
      clock: systemClock,
      log: silentLog,
      onChange: (userId) => heard.push(userId),
      onGap,
    });
    close = () => outside.close();
    outside.start();
    await vi.waitUntil(() => onGap.mock.calls.length === 1);
    await database.query('insert into users (id, balance) values (7, 100)');
    await database.query('update users set balance = balance - 1 where id = 7');
    await vi.waitUntil(() => heard.length === 1);
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%listener'`,
    );
    // The change that comes first after the new LISTEN is heard; those before it are covered by the gaps.
    await vi.waitUntil(
      async () => {
        await database.query('update users set balance = balance - 1 where id = 7');
        return heard.length > 1;
      },
      { timeout: 5000, interval: 100 },
    );
    expect(new Set(heard)).toEqual(new Set([7]));
    expect(onGap.mock.calls.length).toBeGreaterThanOrEqual(3);
  });
});
