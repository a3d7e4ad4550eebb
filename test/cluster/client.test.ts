import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BalanceClient, type ChangeDone, type Fetch } from '../../src/client/balance-client.ts';
import { useDatabase } from '../support/database.ts';
import { expectSoundLedger } from '../support/ledger-check.ts';
import { Service } from '../support/service.ts';

const WORKERS = 2;
const KILLS = 4;
const OPENING = 1_000_000;
const USERS = [1, 2, 3, 4, 5, 6, 7, 8];
/** Programs, each with a client of its own, and how much each does at the same time. */
const CLIENTS = 4;
const CHANGES_AT_ONCE = 10;
const BATCHES_AT_ONCE = 2;
const BATCH = 20;

const database = useDatabase();
let service: Service;

beforeAll(async () => {
  service = await new Service({ databaseUrl: database.url, workers: WORKERS }).whenReady();
});
afterAll(() => service.end('SIGKILL'));

/** Notes how many attempts got no whole answer: without any, no kill has met a change. */
class LostAttempts {
  count = 0;

  readonly fetch: Fetch = async (url, init) => {
    try {
      return await fetch(url, init);
    } catch (error) {
      this.count += 1;
      throw error;
    }
  };
}

/** Kills the owner of one slot after the other, each time when the one before has been replaced. */
async function killWorkers(): Promise<void> {
  for (let kill = 0; kill < KILLS; kill += 1) {
    const slot = kill % WORKERS;
    const pid = service.workerPids()[slot] as number;
    await new Promise((resolve) => setTimeout(resolve, 150));
    process.kill(pid, 'SIGKILL');
    await vi.waitUntil(() => service.workerPids()[slot] !== pid, { timeout: 10_000, interval: 10 });
  }
}

interface Wish {
  readonly userId: number;
  readonly amount: number;
}

/** Withdrawals and deposits over all users, no two alike in a row. */
function wishes(count: number, first: number): Wish[] {
  return Array.from({ length: count }, (_, i) => {
    const n = first + i;
    return { userId: USERS[n % USERS.length] as number, amount: n % 3 === 0 ? 1 + (n % 7) : -1 - (n % 5) };
  });
}

describe('the client', () => {
  it('survives a worker killed under load with every operation applied exactly once', async () => {
    const lost = new LostAttempts();
    const clients = Array.from(
      { length: CLIENTS },
      () => new BalanceClient({ baseUrl: service.url, fetch: lost.fetch }),
    );
    const [first] = clients as [BalanceClient];
    for (const userId of USERS) await first.createUser({ userId, balance: OPENING });

    let isLoading = true;
    let made = 0;
    const settled: ChangeDone[] = [];
    const keep = (outcomes: readonly { readonly kind: string }[], asked: readonly Wish[]) => {
      expect(outcomes).toMatchObject(asked.map((wish) => ({ kind: 'done', ...wish })));
      settled.push(...(outcomes as ChangeDone[]));
    };
    const load = async (
      send: (asked: readonly Wish[]) => Promise<readonly { readonly kind: string }[]>,
      size: number,
    ) => {
      while (isLoading) {
        const asked = wishes(size, made);
        made += size;
        keep(await send(asked), asked);
      }
    };
    const loads = clients.flatMap((client) => [
      ...Array.from({ length: CHANGES_AT_ONCE }, () => load(async ([wish]) => [await client.change(wish as Wish)], 1)),
      ...Array.from({ length: BATCHES_AT_ONCE }, () => load((asked) => client.changeMany(asked), BATCH)),
    ]);
    const killing = killWorkers().finally(() => {
      isLoading = false;
    });
    await Promise.all([killing, ...loads]);

    expect(lost.count, 'kills have met attempts on their way').toBeGreaterThan(0);
    expect(settled.length).toBe(made);
    const rows = await database.query<{ key: string; entry: object }>(
      `select idempotency_key as key, json_build_object('userId', user_id, 'amount', amount, 'balance', balance,
         'version', version, 'operationId', operation_id) as entry
       from entries where idempotency_key is not null and source = 'service'`,
    );
    const entries = new Map(rows.map(({ key, entry }) => [key, entry]));
    expect(rows.length, 'one entry for each').toBe(made);
    expect(entries.size).toBe(made);
    for (const { kind: _kind, replayed: _replayed, idempotencyKey, ...told } of settled) {
      expect(entries.get(idempotencyKey)).toEqual(told);
    }
    for (const userId of USERS) {
      const own = settled.filter((outcome) => outcome.userId === userId);
      const balance = own.reduce((sum, { amount }) => sum + amount, OPENING);
      expect(await first.readBalance(userId)).toEqual({ kind: 'balance', userId, balance, version: own.length + 1 });
    }
    await expectSoundLedger(database);
  });
});
