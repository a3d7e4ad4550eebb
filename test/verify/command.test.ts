import type { ChildProcess } from 'node:child_process';
import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startEmbeddedPostgres } from '../../src/embedded/embedded-postgres.ts';
import { findEmbeddedPostgres } from '../../src/embedded/running-postgres.ts';
import { applyMigrations } from '../../src/store/migrations.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../embedded/temporary-folder.ts';
import { type CommandResult, runCommand } from '../support/command-process.ts';
import { useDatabase } from '../support/database.ts';
import { Service } from '../support/service.ts';
import { silentLog } from '../support/silent-log.ts';
import { addUsers, allowDamage, clear } from './damage.ts';

const database = useDatabase();

type Rest = typeof runCommand extends (args: readonly string[], ...rest: infer R) => unknown ? R : never;
const runVerifyCommand = (args: readonly string[], ...rest: Rest): Promise<CommandResult> =>
  runCommand(['verify', ...args], ...rest);

describe('the command verify', () => {
  beforeAll(() => allowDamage(database));
  afterEach(() => clear(database));

  it('tells a person that all agree, and exits with 0', async () => {
    await addUsers(database, 1, 1200, 3);
    const result = await runVerifyCommand(['--database-url', database.url]);
    expect(result.stdout).toMatch(/^3,600 entries of 1,200 users agree with their balances \(\d+\.\d s\)\.\n$/);
    expect(result).toMatchObject({ code: 0, stderr: '' });
  });

  it('names the first user with a finding, and exits with 1', async () => {
    await addUsers(database, 1, 30, 3);
    await database.query('update users set balance = 1 where id in (12, 13)');
    const result = await runVerifyCommand([], { DATABASE_URL: database.url });
    expect(result.code).toBe(1);
    expect(result.stdout).toContain('User 12: the balance is 1, but the sum of 3 entries is 1000 (balance_mismatch).');
    expect(result.stdout).toContain('select * from entries where user_id = 12 order by version;');
    expect(result.stdout).not.toContain('User 13');
    expect(result.stdout).toContain('What comes after was not checked');
  });

  it('ends quietly with 141, and never with 1, when nobody reads its report', async () => {
    await addUsers(database, 1, 30, 3);
    const noReader = (child: ChildProcess) => void child.stdout?.destroy();
    const quiet = { code: 141, stderr: '' };
    const url = { DATABASE_URL: database.url };
    expect(await runVerifyCommand(['--json'], url, noReader)).toMatchObject(quiet);
    expect(await runVerifyCommand(['--help'], url, noReader)).toMatchObject(quiet);
    await database.query('update users set balance = 1 where id = 12');
    expect(await runVerifyCommand([], url, noReader)).toMatchObject(quiet);
  });

  it('keeps its exit code when nobody reads its complaints', async () => {
    const noReader = (child: ChildProcess) => void child.stderr?.destroy();
    expect((await runVerifyCommand(['--limit', 'x'], {}, noReader)).code).toBe(2);
    const nowhere = 'postgres://nobody@127.0.0.1:1/none';
    expect((await runVerifyCommand(['--database-url', nowhere], {}, noReader)).code).toBe(3);
  });

  it.skipIf(process.platform !== 'linux')('exits with 3 when its report cannot be written', async () => {
    await addUsers(database, 1, 3, 1);
    const full = await open('/dev/full', 'w');
    const result = await runVerifyCommand([], { DATABASE_URL: database.url }, undefined, full.fd);
    await full.close();
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('ENOSPC');
  });

  it('writes one JSON object with --json', async () => {
    await addUsers(database, 1, 30, 3);
    await database.query('update users set balance = 1 where id >= 12');
    const result = await runVerifyCommand(['--json', '--all', '--limit', '2'], { DATABASE_URL: database.url });
    expect(result.code).toBe(1);
    const detail = 'the balance is 1, but the sum of 3 entries is 1000';
    expect(JSON.parse(result.stdout)).toEqual({
      ok: false,
      complete: true,
      users: 30,
      entries: 90,
      durationMs: expect.any(Number),
      findingsTotal: 19,
      findings: [
        { kind: 'balance_mismatch', userId: 12, detail },
        { kind: 'balance_mismatch', userId: 13, detail },
      ],
    });
    const sound = await runVerifyCommand(['--json', '--to', '11'], { DATABASE_URL: database.url });
    expect(sound.code).toBe(0);
    expect(JSON.parse(sound.stdout)).toMatchObject({ ok: true, users: 11, entries: 33, findings: [] });
  });

  it('exits with 2 on wrong usage, and says what is wrong', async () => {
    const result = await runVerifyCommand(['--from', '0'], { DATABASE_URL: database.url });
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain("option '--from <ID>' argument '0' is invalid. It must be an integer from 1");
  });

  it('exits with 3 when there is no database', async () => {
    const result = await runVerifyCommand(['--database-url', 'postgres://nobody@127.0.0.1:1/x', '--json']);
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toContain('Could not check: connect ECONNREFUSED');
  });

  it('exits with 3 when there is no embedded data either, and creates none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'user-balance-'));
    const result = await runVerifyCommand([], { DATA_DIR: folder });
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('there is no data in');
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  it('ends cleanly on ctrl-C', async () => {
    const client = await database.connect();
    await client.query('begin; lock table users in access exclusive mode');
    const result = await runVerifyCommand([], { DATABASE_URL: database.url }, (child) => {
      const isWaiting = async () => {
        const [row] = await database.query<{ waiting: boolean }>(
          `select exists (select from pg_stat_activity where datname = current_database()
           and application_name like '%verify' and wait_event_type = 'Lock') as waiting`,
        );
        return row?.waiting === true;
      };
      void vi.waitUntil(isWaiting, { timeout: 10_000, interval: 20 }).then(() => child.kill('SIGINT'));
    });
    await client.query('rollback');
    expect(result).toMatchObject({ code: 130, stdout: '', stderr: 'Stopped before the end of the check.\n' });
  });
});

describe('the command verify, without DATABASE_URL', () => {
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await makeTemporaryFolder();
  });
  afterAll(() => removeTemporaryFolder(dataDir));

  it('checks the embedded database while it runs, and while it does not', async () => {
    const embedded = await startEmbeddedPostgres({ dataDir, log: silentLog });
    await applyMigrations(embedded.url);
    const whileRunning = await runVerifyCommand(['--json'], { DATA_DIR: dataDir });
    expect(await findEmbeddedPostgres(dataDir)).toMatchObject({ kind: 'running' });
    await embedded.stop();
    expect([whileRunning.code, whileRunning.stderr]).toEqual([0, '']);

    expect(await findEmbeddedPostgres(dataDir)).toEqual({ kind: 'stopped' });
    const whileStopped = await runVerifyCommand(['--json'], { DATA_DIR: dataDir });
    expect([whileStopped.code, JSON.parse(whileStopped.stdout).users]).toEqual([0, 0]);
    expect(await findEmbeddedPostgres(dataDir)).toEqual({ kind: 'stopped' });
  });
});

describe('a service that serves', () => {
  it('checks samples in the background, and shows on /metrics and in its log what it finds', async () => {
    const service = new Service({
      databaseUrl: database.url,
      workers: 2,
      environment: { VERIFY_INTERVAL_S: '1', ADMIN_HOST: '127.0.0.1' },
    });
    try {
      await service.whenReady();
      const userId = await service.createUser(100);
      const port = /"port":(\d+),"msg":"the admin listener/.exec(service.stderr)?.[1];
      const metric = async (line: string) => {
        const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
        return Number(
          text
            .split('\n')
            .find((each) => each.startsWith(`${line} `))
            ?.slice(line.length),
        );
      };
      expect(await metric('user_balance_workers')).toBe(2);
      await vi.waitUntil(async () => (await metric('user_balance_verify_users_total')) > 0, { timeout: 10_000 });
      expect(await metric('user_balance_verify_last_success_timestamp_seconds')).toBeGreaterThan(1e9);
      expect(await metric('user_balance_verify_findings_total{kind="balance_mismatch"}')).toBe(0);

      await allowDamage(database).catch(() => undefined);
      await database.query('update entries set amount = 99 where user_id = $1', [userId]);
      const found = async () => (await metric('user_balance_verify_findings_total{kind="balance_mismatch"}')) > 0;
      await vi.waitUntil(found, { timeout: 10_000 });
      expect(service.stderr).toMatch(new RegExp(`"kind":"balance_mismatch","userId":"${userId}"`));
    } finally {
      expect(await service.end()).toBe(0);
    }
  });
});
