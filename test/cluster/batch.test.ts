import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { expectSoundLedger } from '../support/ledger-check.ts';
import { Service } from '../support/service.ts';

interface Item {
  readonly userId: number;
  readonly amount: number;
  readonly idempotencyKey?: string;
}

interface Result {
  readonly status: number;
  readonly code?: string;
  readonly balance?: number;
  readonly version?: number;
  readonly operationId?: string;
  readonly replayed?: boolean;
}

const database = useDatabase();
let service: Service;

beforeAll(async () => {
  service = await new Service({ databaseUrl: database.url, workers: 2 }).whenReady();
});
afterAll(() => service.end());

async function send(operations: readonly Item[]): Promise<readonly Result[]> {
  const { status, body } = await service.post('/api/users/update-balances', { operations });
  expect(status).toBe(200);
  const results = body.results as Result[];
  expect(results).toHaveLength(operations.length);
  return results;
}

const repeat = (count: number, item: Item) => Array.from({ length: count }, () => item);

function countStatuses(results: readonly Result[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of results) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

async function stored(userId: number) {
  const [row] = await database.query<{ balance: string; version: string }>(
    'select balance::text, version::text from users where id = $1',
    [userId],
  );
  return { balance: Number(row?.balance), version: Number(row?.version) };
}

describe('a batch to a cluster of 2 workers', () => {
  it.each([1, 10])(
    'lets exactly 5,000 of 10,000 withdrawals of 2 take 10,000, in %i batches at once',
    async (batches) => {
      const userId = await service.createUser(10_000);
      const withdrawals = repeat(10_000 / batches, { userId, amount: -2 });
      const results = (await Promise.all(Array.from({ length: batches }, () => send(withdrawals)))).flat();
      expect(countStatuses(results)).toEqual({ 200: 5000, 409: 5000 });
      const versions = results.filter(({ status }) => status === 200).map(({ version }) => version);
      expect(new Set(versions).size).toBe(5000);
      expect(await stored(userId)).toEqual({ balance: 0, version: 5001 });
      await expectSoundLedger(database);
    },
  );

  it('applies the items of one user in their order, among those of users of every worker', async () => {
    const users = await Promise.all(Array.from({ length: 40 }, () => service.createUser(100)));
    const items = Array.from({ length: 4000 }, (_, i) => ({
      userId: users[(i * 7) % users.length] as number,
      amount: 1 + (i % 90),
    }));
    const results = await send(items);
    expect(countStatuses(results)).toEqual({ 200: 4000 });
    const accounts = new Map(users.map((userId) => [userId, { balance: 100, version: 1 }]));
    for (const [i, { userId, amount }] of items.entries()) {
      const before = accounts.get(userId) as { balance: number; version: number };
      const after = { balance: before.balance + amount, version: before.version + 1 };
      expect(results[i]).toMatchObject({ userId, amount, ...after });
      accounts.set(userId, after);
    }
    for (const [userId, account] of accounts) expect(await stored(userId)).toEqual(account);
    await expectSoundLedger(database);
  });

  it('decides each item by itself: one that is refused or unknown stops no other', async () => {
    const [rich, poor] = [await service.createUser(100), await service.createUser(1)];
    const results = await send([
      { userId: poor, amount: -2 },
      { userId: rich, amount: -60 },
      { userId: 987_654_321, amount: 1 },
      { userId: rich, amount: -60 },
      { userId: poor, amount: 5 },
      { userId: rich, amount: -40 },
      { userId: poor, amount: -6 },
    ]);
    expect(results.map(({ status, code }) => code ?? status)).toEqual([
      ...['insufficient_funds', 200, 'user_not_found', 'insufficient_funds', 200, 200, 200],
    ]);
    expect(results[3]).toMatchObject({ balance: 40, version: 2 });
    expect([await stored(rich), await stored(poor)]).toEqual([
      { balance: 0, version: 3 },
      { balance: 0, version: 3 },
    ]);
  });

  it('applies a key once, in one batch, in a second one, and with the endpoint of one change', async () => {
    const userId = await service.createUser(100);
    const withdraw = (key: string, amount = -7) => ({ userId, amount, idempotencyKey: key });
    const first = await send([
      withdraw('a'),
      withdraw('a'),
      withdraw('b', -500),
      withdraw('a', -8),
      withdraw('b', -500),
    ]);
    expect(first.map(({ status, replayed }) => [status, replayed])).toEqual([
      ...[
        [200, undefined],
        [200, true],
        [409, undefined],
        [422, undefined],
        [409, true],
      ],
    ]);
    const again = await send([withdraw('b', -500), withdraw('c'), withdraw('a')]);
    expect(again.map(({ status, replayed }) => [status, replayed])).toEqual([
      [409, true],
      [200, undefined],
      [200, true],
    ]);
    expect(again[2]).toEqual(first[1]);
    const single = { userId, amount: -7 };
    const answer = await service.post('/api/users/update-balance', single, { 'idempotency-key': 'c' });
    expect(answer.headers.get('idempotency-replayed')).toBe('true');
    expect({ status: 200, ...answer.body }).toEqual(again[1]);
    expect(await stored(userId)).toEqual({ balance: 86, version: 4 });
    await expectSoundLedger(database);
  });

  it('tells of each item whether it was applied when there are more than may wait for one user', async () => {
    const userId = await service.createUser(1_000_000);
    const batch = repeat(10_000, { userId, amount: -1 });
    const results = (await Promise.all([send(batch), send(batch), send(batch)])).flat();
    const { 200: done = 0, 503: notApplied = 0, ...others } = countStatuses(results);
    expect(others).toEqual({});
    expect(done).toBeGreaterThanOrEqual(16_384);
    expect(notApplied).toBe(30_000 - done);
    expect(await stored(userId)).toEqual({ balance: 1_000_000 - done, version: done + 1 });
    await expectSoundLedger(database);
  });
});
