import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { ApiKeyRecord } from '../../src/access/api-key-records.ts';
import { aKey } from '../access/keys.ts';
import { useDatabase } from '../support/database.ts';
import { Service } from '../support/service.ts';

const database = useDatabase();
const folder = mkdtempSync(join(tmpdir(), 'user-balance-access-'));
const file = join(folder, 'keys.json');
const running: Service[] = [];

function launch(workers: number, environment: Readonly<Record<string, string>>): Service {
  const service = new Service({ databaseUrl: database.url, workers, environment });
  running.push(service);
  return service;
}

const accept = (...records: ApiKeyRecord[]) => writeFileSync(file, JSON.stringify(records));
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.end('SIGKILL')));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function refusalToStart(environment: Readonly<Record<string, string>>): Promise<string> {
  const service = launch(1, environment);
  await vi.waitUntil(() => service.process.exitCode !== null, { timeout: 10_000, interval: 20 });
  expect(service.process.exitCode).toBe(2);
  expect(service.stdout).toBe('');
  return service.stderr;
}

describe('the service', () => {
  it('refuses to start where others reach it and nobody is asked for credentials, and says what to do', async () => {
    const told = await refusalToStart({ HOST: '0.0.0.0' });
    expect(told).toMatch(
      /^Cannot start: HOST=0\.0\.0\.0 .*\n.*API_KEYS_FILE.*\n.*JWT_ISSUER.*\n.*HOST=.*\n.*AUTH=none/m,
    );
  });

  it('refuses to start with keys that it cannot read, without repeating them', async () => {
    const { key, record } = aKey();
    const told = await refusalToStart({ API_KEYS: JSON.stringify([{ ...record, sha256: key }]) });
    expect(told).toContain('keys.0.sha256');
    expect(told).not.toContain(key.slice(-43));
  });

  it('starts there when that is meant so', async () => {
    const service = await launch(1, { HOST: '0.0.0.0', AUTH: 'none' }).whenReady();
    expect(service.stderr).toContain('AUTH=none: whoever reaches this address');
    expect(await service.createUser(5)).toBeGreaterThan(0);
  });

  it('says so when it asks for keys and has none', async () => {
    const service = await launch(1, { API_KEYS: '[]' }).whenReady();
    expect(service.stderr).toContain('there is no API key');
  });
});

describe('the service of this machine', () => {
  it('answers nobody who comes under another name, on either port, and whoever is let in by AUTH=none', async () => {
    const service = await launch(1, {}).whenReady();
    const adminPort = /"port":(\d+),"msg":"the admin listener/.exec(service.stderr)?.[1];
    const statusOf = async (url: string, host: string) => {
      const [answer] = (await once(get(url, { headers: { host } }), 'response')) as [IncomingMessage];
      answer.resume();
      return answer.statusCode;
    };
    for (const url of [`${service.url}/api/users/1/balance`, `http://127.0.0.1:${adminPort}/metrics`]) {
      expect(await statusOf(url, 'evil.test')).toBe(403);
      expect([200, 404]).toContain(await statusOf(url, 'localhost'));
    }
    await service.end();
    const open = await launch(1, { AUTH: 'none' }).whenReady();
    expect([200, 404]).toContain(await statusOf(`${open.url}/api/users/1/balance`, 'balances.internal'));
  });
});

describe('a cluster with API keys', () => {
  it('lets in who has one, counts each caller once for all workers, and replaces keys without a restart by hand', async () => {
    const [old, next] = [aKey({ id: 'old', scopes: ['balance:write', 'users:create'] }), aKey({ id: 'next' })];
    const other = aKey({ id: 'other', caller: 'other' });
    const gone = aKey({ id: 'gone', caller: 'gone' });
    accept(old.record, other.record, gone.record);
    const limit = 30;
    const service = await launch(2, {
      API_KEYS_FILE: file,
      RATE_LIMIT: String(limit),
      RATE_LIMIT_WINDOW_S: '60',
    }).whenReady();

    const change = (key: string) =>
      service.post(
        '/api/users/update-balance',
        { userId: 77, amount: 1 },
        { ...bearer(key), 'idempotency-key': 'one' },
      );
    expect((await service.post('/api/users', { userId: 77 })).status).toBe(401);
    expect((await service.post('/api/users', { userId: 77 }, bearer(old.key))).status).toBe(201);
    expect((await change(old.key)).body).toMatchObject({ balance: 1 });
    expect((await change(other.key)).body).toMatchObject({ balance: 2 });

    accept(next.record, other.record);
    service.process.kill('SIGHUP');
    const read = () => service.request('GET', '/api/users/77/balance', undefined, bearer(gone.key));
    await vi.waitUntil(async () => (await read()).status === 401, { timeout: 5000, interval: 20 });
    expect(service.stderr, 'the workers that run hear of it').not.toContain('rolling restart');
    await vi.waitUntil(() => service.stderr.match(/rolling restart/g)?.length === 2, { timeout: 20_000 });
    expect((await change(old.key)).status).toBe(401);
    const replay = await change(next.key);
    expect(replay.body).toMatchObject({ balance: 1 });
    expect(replay.headers.get('idempotency-replayed')).toBe('true');

    // The caller has made 3 requests by now, on whichever workers, some of which are gone.
    const answers = await Promise.all(Array.from({ length: 2 * limit }, () => change(next.key)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(limit - 3);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(limit + 3);
    expect((await change(other.key)).status).toBe(200);
    expect(service.stderr).toContain('"reason":"unknown_key"');
    for (const { key } of [old, next, other]) expect(service.stderr + service.stdout).not.toContain(key.slice(-43));

    writeFileSync(file, 'spoilt');
    service.process.kill('SIGHUP');
    await vi.waitUntil(() => service.stderr.includes('The credentials stay as they were'), { timeout: 5000 });
    expect((await change(other.key)).status).toBe(200);
  });
});
