import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  answers,
  guardianPid,
  type LauncherProcess,
  postmasterPid,
  processesOf,
  query,
  spawnLauncher,
  waitUntil,
} from './launcher-process.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from './temporary-folder.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** Existing data, the same for every test; those about a first start set their own. */
let existing: string;
let folder: string;
let launchers: LauncherProcess[];

beforeAll(async () => {
  existing = await makeTemporaryFolder();
});

beforeEach(() => {
  folder = existing;
  launchers = [];
});

afterEach(async () => {
  await Promise.all(launchers.map((launcher) => launcher.kill('SIGKILL')));
  await stopped(join(folder, 'postgres'));
  if (folder !== existing) await removeTemporaryFolder(folder);
});

afterAll(() => removeTemporaryFolder(existing));

function launch(...args: string[]): LauncherProcess {
  const launcher = spawnLauncher([folder, ...args]);
  launchers.push(launcher);
  return launcher;
}

const stopped = (dataPath: string) =>
  waitUntil('PostgreSQL has stopped', 10_000, () => processesOf(dataPath).length === 0);

describe('PostgreSQL stops', () => {
  it('when its launcher alone is killed, although a child of that lives on', async () => {
    const launcher = launch('--child');
    const { dataPath, childPid = 0 } = await launcher.started;
    await launcher.kill('SIGKILL');
    await stopped(dataPath);
    // Fails if the child had not outlived PostgreSQL, and then the test would have shown nothing.
    process.kill(childPid, 'SIGKILL');
  });

  it('when the whole process group of its launcher is killed, and the next start finds what was committed', async () => {
    const launcher = launch();
    const { url, dataPath } = await launcher.started;
    await query(url, 'CREATE TABLE kept_by_group AS SELECT 42 AS number');
    process.kill(-launcher.pid, 'SIGKILL');
    await stopped(dataPath);

    const next = await launch().started;
    expect(await query(next.url, 'SELECT number FROM kept_by_group')).toEqual([{ number: 42 }]);
  });

  it('when its launcher and its guardian are killed together', async () => {
    const launcher = launch();
    const { dataPath } = await launcher.started;
    process.kill(await guardianPid(dataPath), 'SIGKILL');
    await launcher.kill('SIGKILL');
    await stopped(dataPath);
  });

  it('at the next start at the latest, when all that watched over it was killed', async () => {
    const launcher = launch();
    const { url, dataPath } = await launcher.started;
    await query(url, 'CREATE TABLE kept_by_orphan AS SELECT 42 AS number');
    const orphan = await postmasterPid(dataPath);
    process.kill(launcher.pid, 'SIGSTOP');
    for (const pid of processesOf(dataPath).filter((pid) => pid !== orphan)) process.kill(pid, 'SIGKILL');
    await launcher.kill('SIGKILL');
    expect(await answers(url)).toBe(true);

    const next = await launch().started;
    expect(processesOf(dataPath)).not.toContain(orphan);
    expect(await query(next.url, 'SELECT number FROM kept_by_orphan')).toEqual([{ number: 42 }]);
  });
});

describe('Ctrl-C', () => {
  it('reaches the launcher but not PostgreSQL, and SIGTERM then ends both', async () => {
    const launcher = launch();
    const { url, dataPath } = await launcher.started;
    const pid = await postmasterPid(dataPath);
    process.kill(-launcher.pid, 'SIGINT');
    // A postmaster that got it at the same moment refuses connections from then on.
    await waitUntil('the launcher got the signal', 5000, () => launcher.log().includes('got SIGINT'));
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await postmasterPid(dataPath)).toBe(pid);
    await launcher.kill('SIGTERM');
    expect(launcher.child.exitCode).toBe(0);
    await stopped(dataPath);
  });
});

describe('a second launcher', () => {
  it('stands by, says so once, and is ready within 3 s of the death of the first', async () => {
    const first = launch();
    const { url } = await first.started;
    await query(url, 'CREATE TABLE kept_by_first AS SELECT 42 AS number');
    const second = launch();
    await waitUntil('the second says that it stands by', 10_000, () => second.log().includes('standing by'));
    const diedMs = performance.now();
    await first.kill('SIGKILL');
    const next = await second.started;
    expect(performance.now() - diedMs).toBeLessThan(3000);
    expect(await query(next.url, 'SELECT number FROM kept_by_first')).toEqual([{ number: 42 }]);
    expect(second.log().split('standing by')).toHaveLength(2);
    expect(second.log()).toContain(`"holderPid":${first.pid}`);
  });

  it('of the same moment, on an empty folder, waits for the winner and then finds its data', async () => {
    folder = await makeTemporaryFolder();
    const both = [launch(), launch()];
    const first = await Promise.race(both.map((launcher) => launcher.started.then(() => launcher)));
    const { url } = await first.started;
    await query(url, 'CREATE TABLE kept AS SELECT 42 AS number');
    const other = both[0] === first ? both[1] : both[0];
    await waitUntil('the other stands by', 10_000, () => other?.log().includes('standing by') === true);
    await first.kill('SIGKILL');
    const next = await other?.started;
    expect(await query(next?.url ?? '', 'SELECT number FROM kept')).toEqual([{ number: 42 }]);
  });
});

describe('a first start that is killed', () => {
  it.each([
    ['before initdb has begun', 'postgres.new'],
    ['while initdb runs', 'postgres.new/data/base/1'],
    ['when the data just got its name', 'postgres'],
    ['while the postmaster starts', 'postgres/postmaster.pid'],
  ])('%s leaves nothing half made', async (_when, path) => {
    folder = await makeTemporaryFolder();
    const killed = launch();
    const exists = () =>
      access(join(folder, path)).then(
        () => true,
        () => false,
      );
    await waitUntil(`${path} exists`, 20_000, exists);
    await killed.kill('SIGKILL');

    const next = await launch().started;
    expect(await query(next.url, 'SELECT current_database() AS name')).toEqual([{ name: 'user_balance' }]);
    expect((await readdir(folder)).sort()).toEqual(['launcher.lock', 'postgres', 'postgres.log', 'postgres.password']);
  });
});
