import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BalanceClient, type ChangeOutcome } from '../../src/client/balance-client.ts';
import { useDatabase } from '../support/database.ts';
import { expectSoundLedger } from '../support/ledger-check.ts';
import { Service } from '../support/service.ts';

const WORKERS = 2;
const KILLS_MIN = 4;
/** Until a kill has lost the answer to a committed change. */
const KILLS_MAX = 15;
/** Changes that are settled between two kills: whoever kills a cluster that stands still kills nothing. */
const SETTLED_BETWEEN = 400;
const OPENING = 1_000_000;
const USERS = [1, 2, 3, 4, 5, 6, 7, 8];
/** Programs, each with a client of its own, and how much each does at the same time. */
const CLIENTS = 4;
const CHANGES_AT_ONCE = 30;
const BATCHES_AT_ONCE = 2;
const BATCH = 20;

const database = useDatabase();
let service: Service;

beforeAll(async () => {
  service = await new Service({ databaseUrl: database.url, workers: WORKERS }).whenReady();
});
afterAll(() => service.end('SIGKILL'));

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

/** A change that was asked for, and what the client said of it. */
interface Settled {
  readonly wish: Wish;
  readonly outcome: ChangeOutcome;
}

const isReplayed = ({ outcome }: Settled) => outcome.kind === 'done' && outcome.replayed;

/** Kills the owner of one slot after the other, each time when the one before has been replaced and the load goes on. */
async function killWorkers(settled: readonly Settled[]): Promise<void> {
  for (let kill = 0; kill < KILLS_MIN || (kill < KILLS_MAX && !settled.some(isReplayed)); kill += 1) {
    const before = settled.length;
    const goesOn = () => settled.length >= before + SETTLED_BETWEEN;
    await vi.waitUntil(goesOn, { timeout: 10_000, interval: 1 });
    const slot = kill % WORKERS;
    const pid = service.workerPids()[slot] as number;
    process.kill(pid, 'SIGKILL');
    await vi.waitUntil(() => service.workerPids()[slot] !== pid, { timeout: 10_000, interval: 10 });
  }
}

/** Has clients make changes, one by one and in batches, until the work is over. */
async function loadUntil(over: Promise<void>, settled: Settled[]): Promise<void> {
  let isOver = false;
  const stop = () => {
    isOver = true;
  };
  over.then(stop, stop);
  let made = 0;
  const load = async (size: number, send: (asked: readonly Wish[]) => Promise<readonly ChangeOutcome[]>) => {
    while (!isOver) {
      const asked = wishes(size, made);
      made += size;
      const outcomes = await send(asked);
      for (const [i, wish] of asked.entries()) settled.push({ wish, outcome: outcomes[i] as ChangeOutcome });
    }
  };
  const loads = Array.from({ length: CLIENTS }, () => {
    const client = new BalanceClient({ baseUrl: service.url });
    const one = async ([wish]: readonly Wish[]) => [await client.change(wish as Wish)];
    return [
      ...Array.from({ length: CHANGES_AT_ONCE }, () => load(1, one)),
      ...Array.from({ length: BATCHES_AT_ONCE }, () => load(BATCH, (asked) => client.changeMany(asked))),
    ];
  });
  await Promise.all([over, ...loads.flat()]);
}

/** What the ledger has under each key, in the words of the client. */
async function entriesByKey(): Promise<ReadonlyMap<string, readonly object[]>> {
  const rows = await database.query<{ key: string; entries: object[] }>(
    `select idempotency_key as key, json_agg(json_build_object('userId', user_id, 'amount', amount, 'balance', balance,
       'version', version, 'operationId', operation_id)) as entries
     from entries where source = 'service' group by idempotency_key`,
  );
  return new Map(rows.map(({ key, entries }) => [key, entries]));
}

describe('the client', () => {
  it('survives a worker killed under load with every operation applied exactly once', async () => {
    const client = new BalanceClient({ baseUrl: service.url });
    for (const userId of USERS) await client.createUser({ userId, balance: OPENING });
    const settled: Settled[] = [];
    await loadUntil(killWorkers(settled), settled);

    expect(settled.filter(isReplayed).length, 'an answer was lost after its commit').toBeGreaterThan(0);
    const entries = await entriesByKey();
    expect(entries.size, 'one key for each change').toBe(settled.length);
    const totals = new Map(USERS.map((userId) => [userId, { balance: OPENING, version: 1 }]));
    for (const { wish, outcome } of settled) {
      if (outcome.kind !== 'done') throw new Error(`${JSON.stringify(wish)} ends with ${JSON.stringify(outcome)}`);
      const { kind: _kind, replayed: _replayed, idempotencyKey, ...told } = outcome;
      expect(told).toMatchObject(wish);
      expect(entries.get(idempotencyKey), 'one entry under this key').toEqual([told]);
      const total = totals.get(wish.userId) as { balance: number; version: number };
      total.balance += wish.amount;
      total.version += 1;
    }
    for (const [userId, total] of totals) {
      expect(await client.readBalance(userId)).toEqual({ kind: 'balance', userId, ...total });
    }
    await expectSoundLedger(database);
  });
});
