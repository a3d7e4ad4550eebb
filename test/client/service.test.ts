import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AccessGate } from '../../src/access/gate.ts';
import { BalanceClient, type BalanceClientOptions } from '../../src/client/balance-client.ts';
import { INTEGER_MAX, type UserId } from '../../src/domain/operation.ts';
import type { HttpServer } from '../../src/http/server.ts';
import { systemClock } from '../../src/time/clock.ts';
import { aKey } from '../access/keys.ts';
import { FakeService, startServer } from '../http/fake-service.ts';
import { anOwner } from '../support/owner.ts';
import { silentLog } from '../support/silent-log.ts';
import { type Cut, CuttingProxy } from './cutting-proxy.ts';

const shop = aKey({ id: 'shop', caller: 'shop', scopes: ['balance:read', 'balance:write', 'users:create'] });
const reader = aKey({ id: 'reader', caller: 'report', scopes: ['balance:read'] });

/** The whole service but for PostgreSQL: its owner decides on a ledger in memory. */
const { ledger, owner } = anOwner();
let server: HttpServer;
let proxy: CuttingProxy;
let baseUrl: string;

beforeAll(async () => {
  const gate = new AccessGate({
    credentials: { apiKeys: [shop.record, reader.record], issuer: null },
    rateLimit: null,
    isLocalOnly: false,
    salt: 's',
    clock: systemClock,
    log: silentLog,
  });
  const allocateUserId = async () => (await ledger.allocateUserIds(1))[0] ?? null;
  const running = await startServer(new FakeService(), {}, { operations: owner, allocateUserId, gate });
  server = running.server;
  proxy = new CuttingProxy(running.port);
  baseUrl = await proxy.open();
});
afterAll(() => {
  proxy.close();
  server.close();
});
beforeEach(() => {
  proxy.keys.length = 0;
});
afterEach(() => expect(proxy.cuts, 'every cut was made').toEqual([]));

const open = (options: Partial<BalanceClientOptions> = {}) =>
  new BalanceClient({ baseUrl, credentials: shop.key, pauseFirstMs: 5, pauseMaxMs: 20, timeoutMs: 8000, ...options });

let lastUser = 1000;
async function aUser(balance: number): Promise<number> {
  lastUser += 1;
  const outcome = await open().createUser({ userId: lastUser, balance });
  expect(outcome).toMatchObject({ kind: 'created', userId: lastUser, balance });
  proxy.keys.length = 0;
  return lastUser;
}
const entriesOf = (userId: number) => ledger.entriesOf(userId as UserId);

describe('the client, with the service', () => {
  it('has an outcome for whatever the service answers', async () => {
    const client = open();
    const userId = await aUser(100);
    expect(await client.change({ userId, amount: -30, idempotencyKey: ' "a" ' })).toMatchObject({
      ...{ kind: 'done', userId, amount: -30, balance: 70, version: 2, idempotencyKey: ' "a" ', replayed: false },
    });
    expect(await client.change({ userId, amount: -30, idempotencyKey: ' "a" ' })).toMatchObject({ replayed: true });
    const refused = { kind: 'refused', code: 'insufficient_funds', balance: 70, version: 3 };
    expect(await client.change({ userId, amount: -71, idempotencyKey: 'b' })).toMatchObject(refused);
    expect(await client.change({ userId, amount: INTEGER_MAX })).toMatchObject({ code: 'balance_limit_exceeded' });
    expect(await client.change({ userId: 999, amount: 1 })).toEqual({ kind: 'user_not_found', userId: 999 });
    await expect(client.change({ userId, amount: -31, idempotencyKey: ' "a" ' })).rejects.toMatchObject({
      code: 'idempotency_key_reused',
      mayBeApplied: false,
    });
    const outcomes = await client.changeMany([
      { userId, amount: 5 },
      { userId, amount: -500 },
      { userId: 999, amount: 1 },
      { userId, amount: -30, idempotencyKey: ' "a" ' },
    ]);
    expect(outcomes).toMatchObject([
      { kind: 'done', balance: 75, version: 5 },
      { kind: 'refused', balance: 75, version: 6 },
      { kind: 'user_not_found' },
      { kind: 'done', balance: 70, version: 2, replayed: true },
    ]);
    expect(await client.readBalance(userId)).toEqual({ kind: 'balance', userId, balance: 75, version: 6 });
    expect(await client.readBalance(999)).toEqual({ kind: 'user_not_found', userId: 999 });
    expect(await client.createUser({ userId })).toEqual({ kind: 'user_exists', userId });
    expect(await client.createUser({ balance: 3 })).toMatchObject({ kind: 'created', balance: 3, replayed: false });
  });

  it('lists entries page by page, and walks them all', async () => {
    const client = open();
    const userId = await aUser(100);
    await client.changeMany(Array.from({ length: 6 }, (_, i) => ({ userId, amount: i % 3 === 0 ? -1000 : 1 })));
    const page = await client.listEntries(userId, { limit: 2, refused: true });
    expect(page).toMatchObject({ kind: 'entries', entries: [{ version: 7 }, { version: 6 }], nextBefore: 6 });
    const walked = [];
    for await (const { version, refused } of client.walkEntries(userId, { limit: 2, refused: true })) {
      walked.push(refused === undefined ? version : -version);
    }
    expect(walked).toEqual([7, 6, -5, 4, 3, -2, 1]);
    expect(await client.listEntries(999)).toEqual({ kind: 'user_not_found', userId: 999 });
  });

  it('is told when it may not', async () => {
    await expect(open({ credentials: 'hub_none' }).readBalance(1)).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(open({ credentials: reader.key }).createUser()).rejects.toMatchObject({ code: 'forbidden' });
    await expect(open({ baseUrl: `${baseUrl}/elsewhere` }).readBalance(1)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('over connections that are lost, the client', () => {
  it.each<[string, Cut[]]>([
    ['before the change', ['cut before', 'cut before']],
    ['after its commit', ['cut after']],
    ['within its answer', ['cut within']],
    ['again and again', ['cut after', 'cut before', 'cut within', 'cut after', 'cut before']],
  ])('%s, makes a change once, under one key', async (_when, cuts) => {
    const userId = await aUser(100);
    proxy.cuts = [...cuts];
    expect(await open().change({ userId, amount: -30 })).toMatchObject({ kind: 'done', balance: 70, version: 2 });
    expect(proxy.keys).toHaveLength(cuts.length + 1);
    expect(new Set(proxy.keys).size).toBe(1);
    expect(entriesOf(userId)).toHaveLength(2);
  });

  it('that stay without an answer, too', async () => {
    const userId = await aUser(100);
    proxy.cuts = ['hold', 'hold'];
    const outcome = await open({ attemptTimeoutMs: 100 }).change({ userId, amount: -30 });
    expect(outcome).toMatchObject({ kind: 'done', balance: 70, version: 2, replayed: true });
  });

  it('records one refusal', async () => {
    const userId = await aUser(10);
    proxy.cuts = ['cut after', 'cut after'];
    const refused = { kind: 'refused', balance: 10, version: 2, replayed: true };
    expect(await open().change({ userId, amount: -30 })).toMatchObject(refused);
    expect(entriesOf(userId)).toHaveLength(2);
  });

  it('makes each change of a batch once', async () => {
    const userId = await aUser(100);
    proxy.cuts = ['cut after', 'cut within', 'cut before'];
    const outcomes = await open().changeMany(Array.from({ length: 50 }, () => ({ userId, amount: -2 })));
    const balances = outcomes.map((outcome) => outcome.kind === 'done' && outcome.balance);
    expect(balances).toEqual(Array.from({ length: 50 }, (_, i) => 98 - 2 * i));
    expect(entriesOf(userId)).toHaveLength(51);
  });

  it('creates one user, with and without an opening balance', async () => {
    for (const balance of [0, 70]) {
      lastUser += 1;
      proxy.cuts = ['cut after', 'cut before'];
      const created = { kind: 'created', userId: lastUser, balance, replayed: true };
      expect(await open().createUser({ userId: lastUser, balance })).toMatchObject(created);
    }
  });

  it('does not create a second user where it cannot know of the first', async () => {
    const usersBefore = ledger.userIds.length;
    for (const cut of ['cut before', 'cut after', 'cut within'] as const) {
      proxy.cuts = [cut];
      const unknown = { code: 'outcome_unknown', mayBeApplied: true, attempts: 1 };
      await expect(open().createUser({ balance: 5 })).rejects.toMatchObject(unknown);
    }
    expect(ledger.userIds.length).toBe(usersBefore + 2);
  });

  it('leaves a key behind under which the change can be settled later', async () => {
    const userId = await aUser(100);
    proxy.cuts = ['hold'];
    const failing = open({ timeoutMs: 100 }).change({ userId, amount: -30 });
    const error = await failing.catch((reason) => reason);
    expect(error).toMatchObject({ code: 'deadline_exceeded', mayBeApplied: true });
    const { idempotencyKey } = error;
    const outcome = await open().change({ userId, amount: -30, idempotencyKey });
    expect(outcome).toMatchObject({ kind: 'done', balance: 70, version: 2, replayed: true });
  });

  it('knows that nothing was applied where nobody listens', async () => {
    const gone = new CuttingProxy(0);
    const client = open({ baseUrl: await gone.open(), timeoutMs: 200 });
    gone.close();
    const error = await client.change({ userId: 1, amount: 1 }).catch((reason) => reason);
    expect(error).toMatchObject({ code: 'deadline_exceeded', mayBeApplied: false });
    expect(error.attempts).toBeGreaterThan(2);
  });
});
