import { execFileSync } from 'node:child_process';
import { chmod, chown, cp, lstat, mkdir, readlink, rm, stat, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findPackage, makeLibraryLinks, usableBinaries } from '../../src/embedded/binaries.ts';
import { startEmbeddedPostgres } from '../../src/embedded/embedded-postgres.ts';
import { isSystemPlace } from '../../src/embedded/system-folder.ts';
import { processesOf, query, spawnLauncher } from './launcher-process.ts';
import { silentLog } from './silent-log.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from './temporary-folder.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const isRoot = process.getuid?.() === 0;
const nobody = { uid: 65534, gid: 65534, name: 'nobody' };

let folder: string;

beforeEach(async () => {
  folder = await makeTemporaryFolder();
});

afterEach(() => removeTemporaryFolder(folder));

/** True when another user can run the checkout's Node and read its files, without which nothing can be shown. */
function isCheckoutOpen(): boolean {
  const here = fileURLToPath(import.meta.url);
  try {
    execFileSync('/bin/sh', ['-c', 'test -x "$1" && test -r "$2"', 'sh', process.execPath, here], nobody);
    return true;
  } catch {
    return false;
  }
}

describe('started by root', () => {
  it.runIf(isRoot)(
    'below a folder that only root may enter, another user runs it elsewhere and finds it again',
    async () => {
      await chmod(folder, 0o700);
      const options = { dataDir: join(folder, 'data'), log: silentLog };
      await mkdir(options.dataDir, { mode: 0o700 });
      const first = await startEmbeddedPostgres(options);
      await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS number');
      const { uid } = await stat(first.dataPath);
      expect(uid).not.toBe(0);
      const pids = processesOf(first.dataPath).join(',');
      const users = execFileSync('ps', ['-o', 'uid=,supgid=', '-p', pids], { encoding: 'utf8' }).trim().split('\n');
      expect(new Set(users.map((line) => line.trim().split(/\s+/).join(' ')))).toEqual(new Set([`${uid} -`]));
      await first.stop();
      expect(await readlink(join(folder, 'data', 'postgres'))).toBe(first.dataPath);
      expect(isSystemPlace(dirname(first.dataPath))).toBe(true);
      expect((await stat(options.dataDir)).mode & 0o777).toBe(0o700);

      const second = await startEmbeddedPostgres(options);
      expect(await query(second.url, 'SELECT number FROM kept')).toEqual([{ number: 42 }]);
      await second.stop();
      await rm(dirname(first.dataPath), { recursive: true });
    },
  );

  it.runIf(isRoot)(
    'a data folder of its own that only root may enter is opened, so that the data stays there',
    async () => {
      await chmod(folder, 0o700);
      const postgres = await startEmbeddedPostgres({ dataDir: folder, log: silentLog });
      await postgres.stop();
      expect(dirname(postgres.dataPath)).toBe(folder);
      expect((await stat(folder)).mode & 0o777).toBe(0o711);
    },
  );

  it.runIf(isRoot)('two copies of a data folder that link to the same data do not run at the same time', async () => {
    await chmod(folder, 0o700);
    const first = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), log: silentLog });
    await cp(join(folder, 'data'), join(folder, 'copy'), { recursive: true, verbatimSymlinks: true });
    const abort = new AbortController();
    const log = { ...silentLog, warn: () => abort.abort(new Error('stood by')) };
    const copy = startEmbeddedPostgres({ dataDir: join(folder, 'copy'), log, signal: abort.signal });
    await expect(copy).rejects.toThrow('stood by');
    expect(await query(first.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await first.stop();
  });

  it.runIf(isRoot)('binaries that the other user cannot reach are copied, and a damaged copy is replaced', async () => {
    const packaged = await findPackage();
    const hidden = { root: join(folder, 'hidden', 'package'), version: packaged.version };
    await cp(packaged.root, hidden.root, { recursive: true, verbatimSymlinks: true });
    await chmod(dirname(hidden.root), 0o700);
    const copies = join(folder, 'copies');

    const copied = await usableBinaries(hidden, nobody, copies);
    expect(copied.root).toBe(join(copies, `postgresql-${packaged.version}`));
    const { ino } = await stat(copied.postgres);
    expect((await stat((await usableBinaries(hidden, nobody, copies)).postgres)).ino).toBe(ino);

    await truncate(copied.postgres, 1000);
    expect((await usableBinaries(hidden, nobody, copies)).majorVersion).toBe('18');
    expect((await stat(copied.postgres)).size).toBe((await stat(join(hidden.root, 'native/bin/postgres'))).size);
  });
});

describe('started by an ordinary user', () => {
  it.runIf(isRoot && isCheckoutOpen())('without a home, PostgreSQL runs as that user, who owns all files', async () => {
    await chown(folder, nobody.uid, nobody.gid);
    const launcher = spawnLauncher([join(folder, 'data')], {
      uid: nobody.uid,
      gid: nobody.gid,
      env: { PATH: process.env.PATH },
    });
    try {
      const { url, dataPath } = await launcher.started;
      expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      const data = join(folder, 'data');
      for (const path of [dataPath, join(data, 'postgres.password'), join(data, 'postgres.log')]) {
        expect((await stat(path)).uid).toBe(nobody.uid);
      }
      await launcher.kill('SIGTERM');
      expect(processesOf(dataPath)).toEqual([]);
    } finally {
      await launcher.kill('SIGKILL');
    }
  });
});

describe('library links', () => {
  it('that the install script did not make are made at the start', async () => {
    const packaged = await findPackage();
    const bare = { root: join(folder, 'package'), version: packaged.version };
    const isNoLink = async (path: string) => !(await lstat(path)).isSymbolicLink();
    await cp(packaged.root, bare.root, { recursive: true, verbatimSymlinks: true, filter: isNoLink });
    const lib = join(bare.root, 'native', 'lib');

    await makeLibraryLinks(bare.root);
    await makeLibraryLinks(bare.root);
    if (process.platform === 'linux') {
      expect(await readlink(join(lib, 'libpq.so.5'))).toMatch(/^libpq\.so\.5\.\d+$/);
      for (const name of ['libpq.so', 'libpq.so.5']) expect((await stat(join(lib, name))).isFile()).toBe(true);
    }
    expect((await usableBinaries(bare, null, join(folder, 'copies'))).root).toBe(bare.root);
  });

  it.runIf(!isRoot && process.platform !== 'win32')('are made in a copy when the package is read-only', async () => {
    const packaged = await findPackage();
    const bare = { root: join(folder, 'package'), version: packaged.version };
    const isNoLink = async (path: string) => !(await lstat(path)).isSymbolicLink();
    await cp(packaged.root, bare.root, { recursive: true, verbatimSymlinks: true, filter: isNoLink });
    await chmod(join(bare.root, 'native', 'lib'), 0o555);
    const copied = await usableBinaries(bare, null, join(folder, 'copies'));
    expect(copied.root).toBe(join(folder, 'copies', `postgresql-${packaged.version}`));
    await chmod(join(bare.root, 'native', 'lib'), 0o755);
  });
});
