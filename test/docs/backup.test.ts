import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shellBlocksOf } from './shell-commands.ts';

// The embedded PostgreSQL comes without pg_dump and its kin. A system's PostgreSQL has them, and its own server, which
// runs here as the user that its package has made, since it refuses root.
const VERSIONS = '/usr/lib/postgresql';
const installed = existsSync(VERSIONS) ? readdirSync(VERSIONS).map(Number) : [];
const programs = join(VERSIONS, String(Math.max(0, ...installed)), 'bin');
const isRoot = process.getuid?.() === 0;
const canRun = ['initdb', 'pg_ctl', 'pg_dump', 'pg_basebackup'].every((name) => existsSync(join(programs, name)));

const project = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);
// Below those that the system gives to whoever asks for any.
const PORT = 20_000 + 2 * (process.pid % 5000);
const SERVER_URL = `postgres://owner@127.0.0.1:${PORT}/postgres`;
const DATABASE_URL = `postgres://owner@127.0.0.1:${PORT}/user_balance`;
const RESTORED_URL = `postgres://owner@127.0.0.1:${PORT}/restored`;
let folder: string;

/** Runs one of PostgreSQL's server programs, never as root. */
const asServer = (name: string, args: readonly string[]) =>
  isRoot
    ? run('runuser', ['-u', 'postgres', '--', join(programs, name), ...args], { cwd: '/' })
    : run(join(programs, name), [...args]);

const start = (data: string, port: number) =>
  asServer('pg_ctl', [
    'start',
    '--wait',
    '--silent',
    `--pgdata=${data}`,
    `--log=${data}.log`,
    '-o',
    `-p ${port} -k ${folder}`,
  ]);
const stop = (data: string) => asServer('pg_ctl', ['stop', '--silent', '--mode=fast', `--pgdata=${data}`]);

/** Runs a block of the page as it stands, with its variables set. */
const runBlock = async (text: string) => {
  const { PATH = '' } = process.env;
  const env = { ...process.env, PATH: `${programs}:${PATH}`, SERVER_URL, DATABASE_URL, RESTORED_URL };
  // `npm run` looks for the project; the files of the backup go to a folder of their own.
  const script = text.replace(
    /npm run --silent user-balance -- /g,
    `npm --prefix '${project}' run --silent user-balance -- `,
  );
  return run('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env });
};

const balances = async (url: string) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query('select id, balance, version from users order by id');
  await client.end();
  return rows;
};

describe.skipIf(!canRun)('the backups of docs/operations.md', () => {
  const blocks = shellBlocksOf('docs/operations.md').filter(({ section }) => section === 'Backup and restore');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'user-balance-backup-'));
    if (isRoot) await run('chown', ['postgres', folder]);
    await chmod(folder, 0o755);
    await asServer('initdb', ['--auth=trust', '--username=owner', '--no-sync', `--pgdata=${join(folder, 'data')}`]);
    await start(join(folder, 'data'), PORT);
    const main = join(project, 'dist', 'main.js');
    for (const command of ['create-database', 'migrate']) {
      await run(process.execPath, [main, command], { env: { ...process.env, DATABASE_URL } });
    }
    const client = new pg.Client({ connectionString: DATABASE_URL });
    await client.connect();
    await client.query('insert into users (balance) values (10000), (0), (7)');
    for (let i = 0; i < 50; i += 1) await client.query('update users set balance = balance - 2 where id = 1');
    await client.end();
  });
  afterAll(async () => {
    await stop(join(folder, 'data')).catch(() => undefined);
    await stop(join(folder, 'base')).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  });

  it('are a dump, its restore and a base backup', () => {
    expect(blocks).toHaveLength(3);
  });

  it('restore a dump to the same balances, explained by their entries', async () => {
    const [dump, restore] = blocks;
    await runBlock(dump?.text ?? '');
    // On the same server the roles are there, and psql says so.
    const { stdout } = await runBlock(restore?.text ?? '');
    expect(stdout).toContain('52 entries of 3 users agree with their balances');
    expect(await balances(RESTORED_URL)).toEqual(await balances(DATABASE_URL));
    expect(await balances(RESTORED_URL)).toContainEqual({ id: '1', balance: '9900', version: '51' });
  });

  it('start a base backup as a server of the same balances', async () => {
    await runBlock(blocks[2]?.text ?? '');
    const base = join(folder, 'base');
    if (isRoot) await run('chown', ['-R', 'postgres', base]);
    await start(base, PORT + 1);
    expect(await balances(DATABASE_URL.replace(String(PORT), String(PORT + 1)))).toEqual(await balances(DATABASE_URL));
    await stop(base);
  });
});
