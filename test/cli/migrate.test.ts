import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, inject, it, vi } from 'vitest';
import { runCommand } from '../support/command-process.ts';
import { databaseUrlOf, useDatabase } from '../support/database.ts';
import { Service } from '../support/service.ts';

const database = useDatabase();
const name = `test_${randomBytes(6).toString('hex')}`;
const url = () => databaseUrlOf(inject('serverUrl'), name);
const migrate = (...args: string[]) => runCommand(['migrate', ...args], { DATABASE_URL: url() });

afterAll(() => database.query(`drop database if exists ${name} with (force)`));

describe("a database of one's own", () => {
  it('is missed by migrate, which says how to create it', async () => {
    const result = await migrate();
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toContain('user-balance create-database');
  });

  it('is created once', async () => {
    const create = (...args: string[]) => runCommand(['create-database', ...args], { DATABASE_URL: url() });
    expect(await create('--json')).toEqual({ code: 0, stdout: '{"created":true}\n', stderr: '' });
    expect(await create()).toEqual({ code: 0, stdout: 'The database is there already.\n', stderr: '' });
  });

  it('gets what it lacks, and is told which migrations these were', async () => {
    const first = await migrate('--json');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const { applied, ...rest } = JSON.parse(first.stdout);
    expect(applied[0]).toBe('0000_ledger');
    expect(rest).toEqual({ newerThanProgram: false });
    expect(await migrate('--json')).toMatchObject({ code: 0, stdout: '{"applied":[],"newerThanProgram":false}\n' });
    expect(await migrate()).toEqual({ code: 0, stdout: 'The schema is up to date.\n', stderr: '' });
    const verified = await runCommand(['verify', '--json'], { DATABASE_URL: url() });
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, users: 0 });
  });
});

describe('a schema of a later release', () => {
  it('is left alone by migrate, which fails, and a service that starts warns of it', async () => {
    await database.query(`insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', 9999999999999)`);
    const told = await runCommand(['migrate'], { DATABASE_URL: database.url });
    expect(told).toMatchObject({ code: 1, stdout: '' });
    expect(told.stderr).toContain('migrations of a later release');
    const json = await runCommand(['migrate', '--json'], { DATABASE_URL: database.url });
    expect(json).toMatchObject({ code: 1, stdout: '{"applied":[],"newerThanProgram":true}\n' });
    const service = await new Service({ databaseUrl: database.url, workers: 1 }).whenReady();
    expect(service.stderr).toContain('migrations of a later release');
    expect(await service.end()).toBe(0);
  });
});

describe('serve --json', () => {
  it('tells by one JSON object that it is ready, and where', async () => {
    const result = runCommand(
      ['serve', '--json'],
      { DATABASE_URL: database.url, PORT: '0', ADMIN_PORT: 'off', WORKERS: '1' },
      (child) => {
        let told = '';
        child.stdout?.on('data', (chunk: Buffer) => {
          told += chunk;
        });
        void vi
          .waitUntil(() => told.includes('\n'), { timeout: 20_000, interval: 20 })
          .then(async () => {
            const { url: at } = JSON.parse(told) as { url: string };
            expect((await fetch(`${at}/readyz`)).status).toBe(200);
            child.kill('SIGTERM');
          });
      },
    );
    const { code, stdout } = await result;
    const place = new URL(database.url);
    expect({ code, told: JSON.parse(stdout) }).toEqual({
      code: 0,
      told: {
        kind: 'ready',
        url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
        workers: 1,
        data: `PostgreSQL at ${place.host}${place.pathname}`,
        console: null,
      },
    });
  });
});
