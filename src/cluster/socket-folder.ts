import { lstat, mkdtemp, readdir, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'highload-user-balance-';
/** What `mkdtemp` makes of the prefix, and nothing longer: other folders of ours share the beginning. */
const FOLDER = /^highload-user-balance-[A-Za-z0-9]{6}$/;
/** Accepts for as long as its launcher lives, and refuses from the moment it is gone, however it went. */
const SIGN_OF_LIFE = 'alive';
const UNBORN = 'unborn';
const PEER_SOCKET = /^\d+-\d+\.sock$/;
/** A start looks at no more than these; the next start sees the rest. */
const FOLDERS_MAX = 1000;
const CONNECT_WITHIN_MS = 1000;

/** The folder of a launcher's sockets, which nobody else may enter. */
export interface SocketFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** Makes a folder for the sockets of this launcher, and removes those whose launcher is certainly gone. */
export async function openSocketFolder(parent = tmpdir()): Promise<SocketFolder> {
  await removeAbandoned(parent);
  const path = await mkdtemp(join(parent, PREFIX));
  const server = createServer((socket) => socket.destroy());
  try {
    await listen(server, join(path, UNBORN));
    // A socket refuses between its bind and its listen, so it gets its name only now.
    await rename(join(path, UNBORN), join(path, SIGN_OF_LIFE));
  } catch (error) {
    server.close();
    await rm(path, { recursive: true, force: true });
    throw error;
  }
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true });
      server.close();
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
    server.unref();
  });
}

/**
 * A launcher that was killed leaves its folder behind when its workers were killed with it. Only a refused connection
 * proves that it is gone: a process id may belong to somebody else by now, or to another container that shares the
 * folder, and a folder without a sign of life may be about to get one. What cannot be removed stays: a start must not
 * fail for it.
 */
async function removeAbandoned(parent: string): Promise<void> {
  const names = (await readdir(parent).catch(() => [])).filter((name) => FOLDER.test(name)).slice(0, FOLDERS_MAX);
  for (const name of names) {
    const path = join(parent, name);
    if ((await isPrivate(path)) && (await isRefused(join(path, SIGN_OF_LIFE)))) await removeFlat(path);
  }
}

/** True for a real folder that belongs to this user and that nobody else may write to: its content is our own. */
async function isPrivate(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => null);
  return stats?.isDirectory() === true && stats.uid === process.getuid?.() && (stats.mode & 0o077) === 0;
}

function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (result: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => end(false), CONNECT_WITHIN_MS);
    socket.once('connect', () => end(false));
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED'));
  });
}

/** Removes the sockets that are named as ours, the sign of life last, and the folder when nothing else is in it. */
async function removeFlat(path: string): Promise<void> {
  const names = await readdir(path).catch(() => []);
  const peers = names.filter((name) => PEER_SOCKET.test(name));
  if (peers.length + 1 < names.length) return;
  for (const name of [...peers, SIGN_OF_LIFE]) {
    const file = join(path, name);
    if ((await lstat(file).catch(() => null))?.isSocket() === true) await unlink(file).catch(() => undefined);
  }
  await rmdir(path).catch(() => undefined);
}
