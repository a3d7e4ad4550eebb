import { afterEach, describe, expect, it, vi } from 'vitest';
import { isAlive } from '../faults/processes.ts';
import { useDatabase } from '../support/database.ts';
import { expectSoundLedger } from '../support/ledger-check.ts';
import { countStatuses, sendChanges } from '../support/load.ts';
import { Service, type ServiceOptions } from '../support/service.ts';

const database = useDatabase();
const running: Service[] = [];

function launch(options: Partial<ServiceOptions> & { readonly workers: number }): Service {
  const service = new Service({ databaseUrl: database.url, ...options });
  running.push(service);
  return service;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.end('SIGKILL')));
});

/** Kills while a load runs, once some of it has been answered. */
async function whenEntriesPass(userId: number, count: number): Promise<void> {
  await vi.waitUntil(
    async () => {
      const [row] = await database.query<{ version: string }>('select version from users where id = $1', [userId]);
      return Number(row?.version) >= count;
    },
    { timeout: 10_000, interval: 5 },
  );
}

async function operationIdsOf(userId: number): Promise<Set<string>> {
  const rows = await database.query<{ operation_id: string }>('select operation_id from entries where user_id = $1', [
    userId,
  ]);
  return new Set(rows.map((row) => row.operation_id));
}

describe.each([1, 2, 4])('a cluster of %i workers', (workers) => {
  it('lets exactly 5,000 of 10,000 concurrent withdrawals of 2 take 10,000', async () => {
    const service = await launch({ workers }).whenReady();
    const userId = await service.createUser(10_000);
    const results = await sendChanges(service.url, { userId, amount: -2, count: 10_000, connections: 1000 });
    expect(countStatuses(results)).toEqual({ 200: 5000, 409: 5000 });
    expect(new Set(results.filter(({ status }) => status === 409).map(({ code }) => code))).toEqual(
      new Set(['insufficient_funds']),
    );
    expect((await service.get(`/api/users/${userId}/balance`)).body).toEqual({ userId, balance: 0, version: 5001 });
    await expectSoundLedger(database);
    expect(await service.end()).toBe(0);
  });
});

describe('a cluster', () => {
  it('serves every user through every worker', async () => {
    const service = await launch({ workers: 4 }).whenReady();
    const users = await Promise.all(Array.from({ length: 40 }, () => service.createUser(100)));
    const answers = await Promise.all(
      users.flatMap((userId) =>
        [1, 2, 3].map(() => service.request('PATCH', `/api/users/${userId}/balance`, { amount: -30 })),
      ),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    for (const userId of users) {
      expect((await service.get(`/api/users/${userId}/balance`)).body).toEqual({ userId, balance: 10, version: 4 });
    }
  });

  it('loses and doubles nothing when a worker is killed in the middle of the load, and serves again within 2 s', async () => {
    const service = await launch({ workers: 2 }).whenReady();
    const userId = await service.createUser(1_000_000);
    const load = sendChanges(service.url, { userId, amount: -1, count: 6000, connections: 50 });
    await whenEntriesPass(userId, 500);
    const [victim, other] = service.workerPids();
    for (const pid of [victim, other]) {
      process.kill(pid as number, 'SIGKILL');
      const killedMs = performance.now();
      await vi.waitUntil(async () => (await service.get('/readyz').catch(() => null))?.status === 200, {
        timeout: 5000,
      });
      // A pooled connection of this client may still lead to the killed worker.
      const change = () => service.request('PATCH', `/api/users/${userId}/balance`, { amount: -1 }).catch(() => null);
      await vi.waitUntil(async () => (await change())?.status === 200, { timeout: 2000 });
      expect(performance.now() - killedMs).toBeLessThan(2000);
    }
    const results = await load;
    const statuses = countStatuses(results);
    expect(Object.keys(statuses).filter((status) => !['0', '200', '503', '504'].includes(status))).toEqual([]);
    const recorded = await operationIdsOf(userId);
    const acknowledged = results.flatMap(({ status, operationId }) => (status === 200 ? (operationId ?? '') : []));
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
    expect(acknowledged.filter((id) => !recorded.has(id))).toEqual([]);
    await expectSoundLedger(database);
  });

  it('misses nothing acknowledged after the whole process group was killed', async () => {
    const service = await launch({ workers: 2 }).whenReady();
    const userId = await service.createUser(1_000_000);
    const load = sendChanges(service.url, { userId, amount: -1, count: 4000, connections: 50 });
    await whenEntriesPass(userId, 300);
    const pids = [service.process.pid as number, ...service.workerPids()];
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    const results = await load;
    const again = await launch({ workers: 2 }).whenReady();
    const recorded = await operationIdsOf(userId);
    const acknowledged = results.flatMap(({ status, operationId }) => (status === 200 ? (operationId ?? '') : []));
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(acknowledged.filter((id) => !recorded.has(id))).toEqual([]);
    expect((await again.post('/api/users/update-balance', { userId, amount: -1 })).status).toBe(200);
    await expectSoundLedger(database);
  });

  it('ends its workers and gives its leases back when the launcher is killed', async () => {
    const service = await launch({ workers: 2 }).whenReady();
    const pids = service.workerPids();
    expect(pids).toHaveLength(2);
    await service.end('SIGKILL');
    await vi.waitUntil(() => !pids.some(isAlive), { timeout: 2000 });
  });

  it('lets a second launcher stand by, also with another number of workers, and take over within 5 s', async () => {
    const first = await launch({ workers: 2 }).whenReady();
    const userId = await first.createUser(100);
    const second = launch({ workers: 1 });
    await vi.waitUntil(() => second.stdout.includes('Standing by'), { timeout: 10_000 });
    await first.end('SIGKILL');
    const killedMs = performance.now();
    await second.whenReady(5000);
    expect(performance.now() - killedMs).toBeLessThan(5000);
    expect((await second.post('/api/users/update-balance', { userId, amount: -1 })).body).toMatchObject({
      balance: 99,
    });
  });

  it('answers every admitted request of a drain, and exits with 0 within 5 s', async () => {
    const service = await launch({ workers: 2 }).whenReady();
    const userId = await service.createUser(1_000_000);
    const load = sendChanges(service.url, { userId, amount: -1, count: 3000, connections: 50 });
    await whenEntriesPass(userId, 200);
    const toldMs = performance.now();
    expect(await service.end('SIGTERM')).toBe(0);
    expect(performance.now() - toldMs).toBeLessThan(5000);
    const results = await load;
    const recorded = await operationIdsOf(userId);
    // What is not answered was never admitted: its connection was refused, or closed while it was idle.
    const acknowledged = results.filter(({ status }) => status === 200);
    expect(acknowledged.length).toBe(recorded.size - 1);
    await expectSoundLedger(database);
  });

  it('replaces every worker under load, without an answer but 200', async () => {
    const service = await launch({ workers: 2 }).whenReady();
    const before = service.workerPids();
    const userId = await service.createUser(1_000_000);
    let isLoading = true;
    const statuses = new Set<number>();
    const load = (async () => {
      while (isLoading) {
        const { status } = await service.request('PATCH', `/api/users/${userId}/balance`, { amount: -1 });
        statuses.add(status);
      }
    })();
    service.process.kill('SIGHUP');
    await vi.waitUntil(() => service.stderr.match(/rolling restart/g)?.length === 2, { timeout: 20_000 });
    isLoading = false;
    await load;
    expect([...statuses]).toEqual([200]);
    expect(service.workerPids().filter((pid) => before.includes(pid))).toEqual([]);
    expect(service.stderr).not.toContain('could not be replaced');
    await expectSoundLedger(database);
  });

  it('does not spin when a worker dies again and again', async () => {
    const service = await launch({ workers: 1 }).whenReady();
    const seen = new Set<number>();
    const untilMs = performance.now() + 3000;
    while (performance.now() < untilMs) {
      for (const pid of service.workerPids().filter((each) => !seen.has(each))) {
        seen.add(pid);
        process.kill(pid, 'SIGKILL');
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(seen.size).toBeGreaterThan(2);
    expect(seen.size).toBeLessThan(10);
    await vi.waitUntil(async () => (await service.get('/readyz').catch(() => null))?.status === 200, {
      timeout: 10_000,
    });
  });

  it('delays only the user whose row somebody else has locked', async () => {
    const service = await launch({ workers: 1 }).whenReady();
    const [held, free] = [await service.createUser(100), await service.createUser(100)];
    const other = await database.connect();
    await other.query('begin');
    await other.query('select from users where id = $1 for update', [held]);
    const waiting = service.post('/api/users/update-balance', { userId: held, amount: -1 });
    const slowestMs = [];
    for (let round = 0; round < 20; round += 1) {
      const startedMs = performance.now();
      expect((await service.post('/api/users/update-balance', { userId: free, amount: -1 })).status).toBe(200);
      slowestMs.push(performance.now() - startedMs);
    }
    expect(Math.max(...slowestMs)).toBeLessThan(500);
    await other.query('rollback');
    expect((await waiting).status).toBe(200);
  });

  it('sees a balance changed by plain SQL within a second, in both directions', async () => {
    const service = await launch({ workers: 2 }).whenReady();
    const userId = await service.createUser(0);
    expect((await service.post('/api/users/update-balance', { userId, amount: -1 })).status).toBe(409);
    await database.query('update users set balance = 500 where id = $1', [userId]);
    await vi.waitUntil(async () => (await service.get(`/api/users/${userId}/balance`)).body.balance === 500, {
      timeout: 1000,
    });
    expect((await service.post('/api/users/update-balance', { userId, amount: -1 })).body).toMatchObject({
      balance: 499,
    });
    await database.query('update users set balance = 0, version = version + 1 where id = $1', [userId]);
    await vi.waitUntil(async () => (await service.get(`/api/users/${userId}/balance`)).body.balance === 0, {
      timeout: 1000,
    });
    await expectSoundLedger(database);
  });

  it('applies one key once across workers and a kill between two attempts', async () => {
    const service = await launch({ workers: 2 }).whenReady();
    const userId = await service.createUser(100);
    const withdraw = () =>
      service.post('/api/users/update-balance', { userId, amount: -7 }, { 'idempotency-key': 'order-1' });
    const answers = await Promise.all(Array.from({ length: 50 }, withdraw));
    for (const pid of service.workerPids()) process.kill(pid, 'SIGKILL');
    await vi.waitUntil(async () => (await service.get('/readyz').catch(() => null))?.status === 200, { timeout: 5000 });
    answers.push(await withdraw());
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
    expect((await service.get(`/api/users/${userId}/balance`)).body).toMatchObject({ balance: 93, version: 2 });
  });
});

describe('a launcher', () => {
  it('says which setting is wrong, and exits', async () => {
    const service = launch({ workers: 1, environment: { REQUEST_TIMEOUT_MS: 'soon' } });
    await vi.waitUntil(() => service.process.exitCode !== null, { timeout: 5000 });
    expect(service.process.exitCode).toBe(2);
    expect(service.stderr).toContain('REQUEST_TIMEOUT_MS');
  });

  it('says that its port is taken, and exits', async () => {
    const first = await launch({ workers: 1 }).whenReady();
    const second = launch({ workers: 1, port: Number(new URL(first.url).port) });
    await vi.waitUntil(() => second.process.exitCode !== null, { timeout: 10_000 });
    expect(second.process.exitCode).toBe(1);
    expect(second.stderr).toContain('EADDRINUSE');
  });
});
