import { stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { runProgram } from './run-program.ts';

/** An OS user that PostgreSQL runs as instead of ourselves. */
export interface OsUser {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

/**
 * Who runs PostgreSQL: null (ourselves) unless we are root, whom it refuses. Then the owner of existing data, else
 * `postgres`, else `nobody`; no OS user is created.
 */
export async function chooseOsUser(dataLink: string): Promise<OsUser | null> {
  if (process.getuid?.() !== 0) return null;
  const data = await stat(dataLink).catch(() => null);
  if (data !== null) return ownerOf(dataLink, data.uid, data.gid);
  for (const name of ['postgres', 'nobody']) {
    const user = await lookUp(name);
    if (user !== null) return user;
  }
  throw new EmbeddedPostgresError(
    'os_user_missing',
    'PostgreSQL refuses to run as root, and this system has no OS user "postgres" or "nobody" to run it. ' +
      'Start as an ordinary user, or set DATABASE_URL.',
  );
}

function ownerOf(dataLink: string, uid: number, gid: number): OsUser {
  if (uid !== 0) return { uid, gid, name: `uid ${uid}` };
  throw new EmbeddedPostgresError(
    'data_not_owned',
    `PostgreSQL refuses to run as root, but its data in ${dataLink} belongs to root. ` +
      'Give it to another user: chown -RH nobody (or postgres) and that path.',
  );
}

async function lookUp(name: string): Promise<OsUser | null> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => idOf(flag, name)));
  return uid && gid ? { uid, gid, name } : null;
}

// `id` asks every source of users the system has, not only /etc/passwd.
async function idOf(flag: string, name: string): Promise<number | null> {
  const { code, output } = await runProgram('id', [flag, name], { timeoutMs: 10_000 });
  return code === 0 && /^\d+$/.test(output) ? Number(output) : null;
}

/** initdb insists on a name for its uid, which a container started with a bare uid does not have. */
export function assertOwnNameKnown(): void {
  try {
    userInfo();
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'os_user_missing',
      `The user id ${process.getuid?.()} has no entry in /etc/passwd, which PostgreSQL needs to create its data. ` +
        'Start as a user that has one, or set DATABASE_URL.',
      cause,
    );
  }
}

/** True when `user` (null: ourselves) can enter the folder and write in it, judged by the kernel. */
export async function canWriteFolder(path: string, user: OsUser | null): Promise<boolean> {
  if (process.platform === 'win32') return true;
  const args = ['-c', 'test -x "$1" && test -w "$1"', 'sh', path];
  return (await runProgram('/bin/sh', args, { user, timeoutMs: 10_000 })).code === 0;
}
