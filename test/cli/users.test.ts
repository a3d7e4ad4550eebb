import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { aKey } from '../access/keys.ts';
import { runCommand } from '../support/command-process.ts';
import { useDatabase } from '../support/database.ts';
import { Service } from '../support/service.ts';

const database = useDatabase();
const folder = mkdtempSync(join(tmpdir(), 'user-balance-cli-'));
const teller = aKey({ id: 'teller', caller: 'teller', scopes: ['balance:read', 'balance:write', 'users:create'] });
const reader = aKey({ id: 'reader', caller: 'reader', scopes: ['balance:read'] });
const keyFile = join(folder, 'key');
let service: Service;
let settings: Readonly<Record<string, string>>;

beforeAll(async () => {
  writeFileSync(keyFile, `${teller.key}\n`);
  service = await new Service({
    databaseUrl: database.url,
    workers: 1,
    environment: { API_KEYS: JSON.stringify([teller.record, reader.record]) },
  }).whenReady();
  settings = { USER_BALANCE_URL: service.url, USER_BALANCE_API_KEY: teller.key };
});
afterAll(async () => {
  await service.end('SIGKILL');
  rmSync(folder, { recursive: true });
});

const users = (...args: string[]) => runCommand(['users', ...args], settings);
const dataOf = async (...args: string[]) => JSON.parse((await users(...args, '--json')).stdout);

describe('users, of a service that runs', () => {
  it('are created, adjusted and shown', async () => {
    expect(await users('create', '--id', '7', '--balance', '500')).toEqual({
      code: 0,
      stdout: 'Created user 7 with a balance of 500.\n',
      stderr: '',
    });
    expect(await users('create', '--id', '7')).toMatchObject({ code: 4, stdout: '' });
    const adjusted = await users('adjust', '7', '-120', '--idempotency-key', 'order 1');
    expect(adjusted).toEqual({
      code: 0,
      stdout: 'Withdrew 120 from user 7: balance 380, version 2.\nKey: order 1\n',
      stderr: '',
    });
    const refused = await users('adjust', '7', '-9000');
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toContain('Refused: the balance of user 7, 380 at version ');
    const shown = await users('show', '7', '--entries', '5', '--refused');
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(
      /^User 7 has 380 \(version 3\)\.\n\nVERSION .*\n +3 +0 +380 .* refused -9000: insufficient_funds\n +2 +-120 +380 .*\n +1 +500 +500 .*\n$/,
    );
  });

  it('are told of as JSON, of the shape that --help names', async () => {
    const { userId } = await dataOf('create', '--balance', '10');
    const key = ['--idempotency-key', 'k'];
    const done = await dataOf('adjust', String(userId), '-4', ...key);
    expect(done).toEqual({
      kind: 'done',
      userId,
      amount: -4,
      balance: 6,
      version: 2,
      operationId: expect.any(String),
      idempotencyKey: 'k',
      replayed: false,
    });
    expect(await dataOf('adjust', String(userId), '-4', ...key)).toEqual({ ...done, replayed: true });
    expect(await dataOf('adjust', String(userId), '-7')).toMatchObject({ kind: 'refused', code: 'insufficient_funds' });
    expect(await dataOf('show', String(userId))).toEqual({ kind: 'balance', userId, balance: 6, version: 3 });
    expect(await dataOf('show', String(userId), '--entries', '1')).toMatchObject({
      entries: [{ version: 2, amount: -4, balance: 6 }],
      nextBefore: 2,
    });
    expect(await users('show', '99', '--json')).toMatchObject({
      code: 4,
      stdout: '{"kind":"user_not_found","userId":99}\n',
    });
    const reused = await users('adjust', String(userId), '-5', ...key, '--json');
    expect(reused).toMatchObject({ code: 4, stderr: '' });
    expect(JSON.parse(reused.stdout)).toMatchObject({
      kind: 'unsettled',
      code: 'idempotency_key_reused',
      mayBeApplied: false,
    });
  });

  it('are reached by the key in a file, before that of the environment', async () => {
    const wrong = { ...settings, USER_BALANCE_API_KEY: 'hub_none' };
    const args = ['users', 'create', '--balance', '1', '--api-key-file', keyFile];
    expect(await runCommand(args, wrong)).toMatchObject({ code: 0 });
  });

  it.each([
    ['no key', undefined, 'Give a key by USER_BALANCE_API_KEY or --api-key-file'],
    [
      'a key that nobody knows',
      aKey({ id: 'other', caller: 'a', scopes: ['balance:read'] }).key,
      'does not accept this key',
    ],
    ['a key without the scope', reader.key, 'This needs the scope balance:write.'],
  ])('are refused to %s, with what to do', async (_what, apiKey, advice) => {
    const environment = { USER_BALANCE_URL: service.url, USER_BALANCE_API_KEY: apiKey ?? '' };
    const { code, stdout, stderr } = await runCommand(['users', 'adjust', '7', '-1'], environment);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining(advice) });
    if (apiKey !== undefined) expect(stderr).not.toContain(apiKey.slice(-20));
  });

  it('have been adjusted even if nobody reads the outcome', async () => {
    const { userId } = await dataOf('create', '--balance', '10');
    const args = ['users', 'adjust', String(userId), '-1'];
    const result = await runCommand(args, settings, (child) => child.stdout?.destroy());
    expect(result).toMatchObject({ code: 141, stderr: '' });
    expect(await dataOf('show', String(userId))).toMatchObject({ balance: 9 });
  });
});

describe('a change whose outcome is unknown', () => {
  it('is 5 with a command that settles it, once', async () => {
    const { userId } = await dataOf('create', '--balance', '10');
    const client = await database.connect();
    await client.query('begin');
    await client.query('select from users where id = $1 for update', [userId]);
    const unknown = await users('adjust', String(userId), '-4', '--timeout', '1', '--url', service.url);
    await client.query('rollback');
    expect(unknown).toMatchObject({ code: 5, stdout: '' });
    const [, again = ''] = /\n {2}user-balance (.+)\n/.exec(unknown.stderr) ?? [];
    expect(again).toMatch(
      new RegExp(`^users adjust ${userId} -4 --idempotency-key [0-9a-f-]{36} --url ${service.url}$`),
    );
    for (let sending = 0; sending < 2; sending += 1) {
      expect((await runCommand(again.split(' '), settings)).stdout).toContain(
        `Withdrew 4 from user ${userId}: balance 6,`,
      );
    }
    expect(await dataOf('show', String(userId))).toMatchObject({ balance: 6, version: 2 });
  });

  it('is told so after ctrl-C, too', async () => {
    const { userId } = await dataOf('create', '--balance', '10');
    const client = await database.connect();
    await client.query('begin');
    await client.query('select from users where id = $1 for update', [userId]);
    const stopped = await runCommand(['users', 'adjust', String(userId), '-4'], settings, (child) => {
      const isWaiting = async () => {
        const [row] = await database.query<{ waiting: boolean }>(
          `select exists (select from pg_stat_activity where datname = current_database()
           and application_name like '%writer%' and state = 'active' and wait_event_type = 'Lock') as waiting`,
        );
        return row?.waiting === true;
      };
      void vi.waitUntil(isWaiting, { timeout: 10_000, interval: 10 }).then(() => child.kill('SIGINT'));
    });
    await client.query('rollback');
    expect(stopped).toMatchObject({ code: 130, stdout: '' });
    expect(stopped.stderr).toMatch(
      /^Stopped before .*\nIt may have been applied.*\n {2}user-balance users adjust \d+ -4 /,
    );
  });
});

describe('where the service is not', () => {
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer((_request, response) => response.writeHead(418).end('a teapot'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('nothing is sent where nobody listens, and it does not take long to say so', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const startedMs = performance.now();
    const result = await runCommand(
      ['users', 'adjust', '1', '-1', '--url', `http://127.0.0.1:${port}`, '--json'],
      settings,
    );
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toMatch(
      /^Cannot reach the service at .*: connect ECONNREFUSED .* Nothing was sent\.\n.*USER_BALANCE_URL/,
    );
    expect(performance.now() - startedMs).toBeLessThan(15_000);
  });

  it('ctrl-C ends the look for it, with nothing sent', async () => {
    const seen: string[] = [];
    const silent = createServer(({ url: path = '' }) => seen.push(path));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const args = ['users', 'adjust', '1', '-1', '--url', `http://127.0.0.1:${port}`];
    const result = await runCommand(args, settings, (child) => {
      silent.once('request', () => child.kill('SIGINT'));
    });
    silent.closeAllConnections();
    silent.close();
    expect(result).toEqual({
      code: 130,
      stdout: '',
      stderr: 'Stopped before there was an outcome.\nNothing was applied.\n',
    });
    expect(seen).toEqual(['/livez']);
  });

  it('something else is not taken for it', async () => {
    const result = await runCommand(['users', 'show', '1', '--url', url], settings);
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toContain(`Is it this service that answers at ${url}?`);
  });

  it('a path that it does not have is told from a user that it does not have', async () => {
    const result = await runCommand(['users', 'show', '1', '--url', `${service.url}/prefix`], settings);
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toContain('Check --url');
  });

  it.each([
    ['--api-key-file', '/nowhere/key', 'The API key cannot be read'],
    ['--url', 'ftp://host', '--url must be an http:// or https:// URL'],
  ])('%s %s is wrong usage', async (option, value, complaint) => {
    const result = await runCommand(['users', 'show', '1', option, value], settings);
    expect(result).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(complaint) });
  });
});
