import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSocketFolder, type SocketFolder } from '../../src/cluster/socket-folder.ts';

const module = fileURLToPath(new URL('../../dist/cluster/socket-folder.js', import.meta.url));
const LAUNCHER = `
  const { openSocketFolder } = await import(process.argv[1]);
  const { createServer } = await import('node:net');
  const { path } = await openSocketFolder(process.argv[2]);
  createServer().listen(path + '/0-1.sock', () => process.stdout.write(path));
`;

let parent: string;
const opened: SocketFolder[] = [];
const launchers: ChildProcess[] = [];

/** A process that keeps a socket folder, as a launcher with one worker does. */
async function startLauncher(): Promise<{ process: ChildProcess; path: string }> {
  const args = ['--input-type=module', '-e', LAUNCHER, module, parent];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  launchers.push(child);
  const [path] = await once(child.stdout, 'data');
  return { process: child, path: String(path) };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

async function open(): Promise<string> {
  const folder = await openSocketFolder(parent);
  opened.push(folder);
  return folder.path;
}

const foldersLeft = async () => (await readdir(parent)).map((name) => join(parent, name)).sort();

describe('the folder of the sockets', () => {
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'socket-folder-test-'));
  });

  afterEach(async () => {
    await Promise.all(launchers.splice(0).map(kill));
    await Promise.all(opened.splice(0).map((folder) => folder.remove()));
    await rm(parent, { recursive: true, force: true });
  });

  it('of a launcher that was killed is removed by the next one', async () => {
    const { process, path } = await startLauncher();
    await kill(process);
    expect(await readdir(path)).toEqual(['0-1.sock', 'alive']);
    const own = await open();
    expect(await foldersLeft()).toEqual([own]);
  });

  it('of a launcher that lives stays, even while that stands still', async () => {
    const { process, path } = await startLauncher();
    const own = await open();
    process.kill('SIGSTOP');
    const third = await open();
    expect(await foldersLeft()).toEqual([path, own, third].sort());
    expect(await readdir(path)).toEqual(['0-1.sock', 'alive']);
  });

  it('stays when it has no sign of life yet, something else in it, or a name of another kind', async () => {
    await mkdir(join(parent, 'highload-user-balance-abcdef'), { mode: 0o700 });
    const { process, path } = await startLauncher();
    await kill(process);
    await writeFile(join(path, 'notes'), 'mine');
    const own = await open();
    expect(await foldersLeft()).toEqual([join(parent, 'highload-user-balance-abcdef'), path, own].sort());
    expect(await readdir(path)).toEqual(['0-1.sock', 'alive', 'notes']);
  });

  it('is not looked for behind a link, nor where others may write', async () => {
    const { process, path } = await startLauncher();
    await kill(process);
    await chmod(path, 0o770);
    const link = join(parent, 'highload-user-balance-linked');
    await symlink(path, link);
    const own = await open();
    expect(await foldersLeft()).toEqual([path, link, own].sort());
    expect(await readdir(path)).toEqual(['0-1.sock', 'alive']);
  });

  it.skipIf(process.getuid?.() !== 0)('of another user stays', async () => {
    const { process, path } = await startLauncher();
    await kill(process);
    await chown(path, 12_345, 12_345);
    const own = await open();
    expect(await foldersLeft()).toEqual([path, own].sort());
  });

  it('is gone with its launcher when that ends in order', async () => {
    await open();
    await opened.pop()?.remove();
    expect(await foldersLeft()).toEqual([]);
  });
});
