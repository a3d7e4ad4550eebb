import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded/embedded-postgres.ts';
import { guardianPid, postmasterPid, processesOf, query, waitUntil } from './launcher-process.ts';
import { silentLog } from './silent-log.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from './temporary-folder.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** One data folder serves every test that does not harm it or need a fresh one. */
let existing: string;
let folder: string;
let running: EmbeddedPostgres | undefined;

beforeAll(async () => {
  existing = await makeTemporaryFolder();
});

beforeEach(() => {
  folder = existing;
});

afterEach(async () => {
  await running?.stop();
  running = undefined;
  if (folder !== existing) await removeTemporaryFolder(folder);
});

afterAll(() => removeTemporaryFolder(existing));

async function start(dataDir = folder): Promise<EmbeddedPostgres> {
  running = await startEmbeddedPostgres({ dataDir, log: silentLog });
  return running;
}

const value = async (url: string, text: string) => Object.values((await query(url, text))[0] ?? {})[0];

describe('a restart', () => {
  it('finds the data and the password of the first start', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept_by_restart AS SELECT 42 AS number');
    await first.stop();
    expect(processesOf(first.dataPath)).toEqual([]);

    const second = await start();
    expect(second.dataPath).toBe(first.dataPath);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    expect(await value(second.url, 'SELECT number FROM kept_by_restart')).toBe(42);
  });

  it('stays durable although someone switched that off in the settings', async () => {
    const { url, stop } = await start();
    await query(url, 'ALTER SYSTEM SET fsync = off');
    await query(url, 'ALTER SYSTEM SET synchronous_commit = off');
    await query(url, 'ALTER SYSTEM SET full_page_writes = off');
    await stop();
    const again = await start();
    for (const name of ['fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums']) {
      expect([name, await value(again.url, `SHOW ${name}`)]).toEqual([name, 'on']);
    }
  });

  it('is not blocked by a postmaster.pid that names a living process of another program', async () => {
    const { dataPath, stop } = await start();
    await stop();
    const { uid, gid } = await stat(dataPath);
    const foreign = spawn('sleep', ['60'], { uid, gid, stdio: 'ignore' });
    try {
      await writeFile(
        join(dataPath, 'postmaster.pid'),
        `${foreign.pid}\n${dataPath}\n1\n54321\n\n127.0.0.1\n\nready\n`,
      );
      const { url } = await start();
      expect(await value(url, 'SELECT 1')).toBe(1);
      expect(foreign.exitCode ?? foreign.signalCode).toBeNull();
    } finally {
      foreign.kill();
    }
  });
});

describe('access', () => {
  it('needs the password, which lies in a file for its owner alone', async () => {
    const { url } = await start();
    const file = join(folder, 'postgres.password');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readFile(file, 'utf8')).trim()).toBe(new URL(url).password);
    expect(Buffer.from(new URL(url).password, 'base64url')).toHaveLength(32);

    const wrong = new URL(url);
    wrong.password = 'guessed';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(await value(url, "SELECT count(*)::int FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'")).toBe(
      0,
    );
  });

  it('is possible over loopback only, also from a folder whose path is too long for a socket', async () => {
    folder = await makeTemporaryFolder();
    const { url } = await start(join(folder, 'x'.repeat(120), 'y'.repeat(120)));
    expect(new URL(url).hostname).toBe('127.0.0.1');
    expect(await value(url, 'SHOW listen_addresses')).toBe('127.0.0.1');
    expect(await value(url, 'SHOW unix_socket_directories')).toBe('');
  });
});

describe('a death under a living launcher', () => {
  it('of the postmaster brings it back on the same port with all that was committed', async () => {
    const { url, dataPath } = await start();
    await query(url, 'CREATE TABLE kept_by_crash AS SELECT 42 AS number');
    // A session that computes does not notice the death, and blocks the next start until it is ended.
    const busy = query(url, 'SELECT count(*) FROM generate_series(1, 1e12)').catch(() => 'ended');
    await waitUntil('the query runs', 5000, async () => {
      const text =
        "SELECT count(*)::int FROM pg_stat_activity WHERE query LIKE '%generate_series%' AND pid <> pg_backend_pid()";
      return (await value(url, text)) === 1;
    });
    process.kill(await postmasterPid(dataPath), 'SIGKILL');
    expect(await busy).toBe('ended');
    const back = () =>
      value(url, 'SELECT number FROM kept_by_crash').then(
        (number) => number === 42,
        () => false,
      );
    expect(await waitUntil('PostgreSQL is back', 20_000, back)).toBeLessThan(5000);
  });

  it('of the guardian brings back both, so that PostgreSQL is never without one', async () => {
    const { url, dataPath, stop } = await start();
    const [postmaster, guardian] = [await postmasterPid(dataPath), await guardianPid(dataPath)];
    process.kill(guardian, 'SIGKILL');
    await waitUntil('another postmaster answers', 20_000, async () => {
      const pid = await postmasterPid(dataPath).catch(() => postmaster);
      return pid !== postmaster && (await value(url, 'SELECT 1').catch(() => 0)) === 1;
    });
    expect(processesOf(dataPath)).not.toContain(postmaster);
    expect(await guardianPid(dataPath)).not.toBe(process.pid);
    await stop();
    // The killed guardian's own child takes up to a second to see that it has nothing left to stop.
    await waitUntil('nothing of it runs', 3000, () => processesOf(dataPath).length === 0);
  });
});

describe('a start', () => {
  it('removes what a killed first start left behind', async () => {
    folder = await makeTemporaryFolder();
    await mkdir(join(folder, 'postgres.new', 'data'), { recursive: true });
    await writeFile(join(folder, 'postgres.new', 'password'), 'left behind');
    const { url } = await start();
    expect(new URL(url).password).not.toBe('left behind');
    expect(await readdir(folder)).not.toContain('postgres.new');
  });

  it('stands by while the folder is in use, and can be aborted there', async () => {
    await start();
    const abort = new AbortController();
    const warnings: unknown[] = [];
    const log = { ...silentLog, warn: (fields: unknown) => void warnings.push(fields) };
    const second = startEmbeddedPostgres({ dataDir: folder, log, signal: abort.signal });
    second.catch(() => {});
    await waitUntil('the second launcher says that it stands by', 5000, () => warnings.length > 0);
    abort.abort(new Error('no longer wanted'));
    await expect(second).rejects.toThrow('no longer wanted');
    expect(warnings).toEqual([{ holderPid: process.pid, dataDir: folder }]);
  });

  it('that is aborted before it is ready leaves nothing running, and the next one succeeds', async () => {
    folder = await makeTemporaryFolder();
    const abort = new AbortController();
    const aborted = startEmbeddedPostgres({ dataDir: folder, log: silentLog, signal: abort.signal });
    aborted.catch(() => {});
    await waitUntil('initdb runs', 5000, async () => (await readdir(folder)).includes('postgres.new'));
    abort.abort(new Error('no longer wanted'));
    await expect(aborted).rejects.toThrow('no longer wanted');
    const { url } = await start();
    expect(await value(url, 'SELECT 1')).toBe(1);
  });

  it('that PostgreSQL refuses ends with what its log says', async () => {
    folder = await makeTemporaryFolder();
    const { dataPath, stop } = await start();
    await stop();
    await writeFile(join(dataPath, 'postgresql.auto.conf'), "no_such_setting = 'on'\n");
    await expect(start()).rejects.toMatchObject({
      code: 'start_failed',
      message: expect.stringContaining('unrecognized configuration parameter "no_such_setting"'),
    });
    expect(processesOf(dataPath)).toEqual([]);
  });
});
