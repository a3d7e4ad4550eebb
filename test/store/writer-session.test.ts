import { afterEach, describe, expect, it, vi } from 'vitest';
import { tryLease } from '../../src/store/lease.ts';
import { systemClock } from '../../src/time/clock.ts';
import { useDatabase } from '../support/database.ts';
import { openPostgresLedger, type PostgresLedger } from '../support/postgres-ledger.ts';

const database = useDatabase();
const open: PostgresLedger[] = [];

function aLedger(options: Parameters<typeof openPostgresLedger>[1] = {}): PostgresLedger {
  const ledger = openPostgresLedger(database.url, options);
  open.push(ledger);
  return ledger;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((ledger) => ledger.close()));
});

const writerPid = async (): Promise<number> => {
  const rows = await database.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and application_name like '%writer%'`,
  );
  return rows[0]?.pid ?? 0;
};

describe('WriterSession', () => {
  it('lets one launcher hold leases at a time, whatever slots they are of', async () => {
    const first = aLedger({ launcherTag: 1, slot: 0 });
    await first.session.whenFresh();
    const second = aLedger({ launcherTag: 2, slot: 1 });
    await vi.waitUntil(() => second.states.includes('standing_by'), { timeout: 3000 });
    expect(second.session.isHeldElsewhere()).toBe(true);
    await first.close();
    await vi.waitUntil(() => second.states.includes('held'), { timeout: 3000 });
  });

  it('lets several slots of one launcher be held together', async () => {
    const ledgers = [0, 1, 2].map((slot) => aLedger({ launcherTag: 5, slot }));
    await Promise.all(ledgers.map((ledger) => ledger.session.whenFresh()));
    expect(ledgers.every((ledger) => ledger.session.isFresh())).toBe(true);
  });

  it('ends the earlier session of its own slot, whose process is gone, instead of waiting for it', async () => {
    const earlier = await database.connect();
    const ended = new Promise((resolve) => earlier.once('error', resolve));
    expect(await tryLease(earlier, { launcherTag: 7, slot: 3 })).toEqual({ kind: 'held', waitMs: expect.any(Number) });
    await aLedger({ launcherTag: 7, slot: 3 }).session.whenFresh();
    expect(await ended).toMatchObject({ code: '57P01' });
  });

  it('waits a second before it serves after another launcher, and not at all after itself', async () => {
    const serve = async (launcherTag: number, slot: number) => {
      const startedMs = systemClock.now();
      await aLedger({ launcherTag, slot }).session.whenFresh();
      return systemClock.now() - startedMs;
    };
    await serve(20, 0);
    await open.pop()?.close();
    // The second slot comes while the first still waits: both wait for the same moment.
    const [first, second] = await Promise.all([serve(21, 0), serve(21, 1)]);
    expect(Math.min(first, second)).toBeGreaterThanOrEqual(1000);
    expect(Math.max(first, second)).toBeLessThan(1900);
    await Promise.all(open.splice(0).map((ledger) => ledger.close()));
    expect(await serve(21, 0)).toBeLessThan(900);
  });

  it('reports the loss of its backend, answers nothing from then on, and comes back', async () => {
    const { session, states } = aLedger();
    await session.whenFresh();
    const wasFreshWhenLost = new Promise<boolean>((resolve) => session.onLost(() => resolve(session.isFresh())));
    await database.query('select pg_terminate_backend($1)', [await writerPid()]);
    expect(await wasFreshWhenLost).toBe(false);
    await session.whenFresh();
    await vi.waitUntil(() => states.at(-1) === 'held', { timeout: 1000 });
    expect(states.slice(-3)).toEqual(['held', 'connecting', 'held']);
  });

  it('comes back by itself when a database that took no writes takes them again', async () => {
    const { session } = aLedger();
    await session.whenFresh();
    const [{ name }] = (await database.query<{ name: string }>('select current_database() as name')) as [
      { name: string },
    ];
    await database.query(`alter database ${name} set default_transaction_read_only = on`);
    const lost = new Promise<void>((resolve) => session.onLost(resolve));
    await database.query('select pg_terminate_backend($1)', [await writerPid()]);
    await lost;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(session.isFresh()).toBe(false);
    expect(session.isHeldElsewhere()).toBe(false);
    await database.query(`begin read write; alter database ${name} reset default_transaction_read_only; commit`);
    await session.whenFresh();
  });

  it('stays fresh while nothing happens', async () => {
    const { session } = aLedger();
    await session.whenFresh();
    const until = systemClock.now() + 1500;
    while (systemClock.now() < until) {
      expect(session.isFresh()).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

  it('refuses to run while the lease is not held', async () => {
    const first = aLedger({ launcherTag: 1 });
    await first.session.whenFresh();
    const second = aLedger({ launcherTag: 2 });
    await expect(second.writer.confirmDurable()).rejects.toMatchObject({ failure: 'not_applied' });
  });
});
