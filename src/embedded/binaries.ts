import { access, lstat, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { copyBinaries } from './binaries-copy.ts';
import { EmbeddedPostgresError, systemCode } from './embedded-postgres-error.ts';
import type { OsUser } from './os-user.ts';
import { runProgram } from './run-program.ts';

/** One installation of PostgreSQL. */
export interface Binaries {
  /** The folder with `native/bin`, `native/lib` and `native/share`. */
  readonly root: string;
  readonly postgres: string;
  readonly initdb: string;
  readonly pgCtl: string;
}

export interface UsableBinaries extends Binaries {
  /** Data folders of another major version cannot be opened. */
  readonly majorVersion: string;
}

const supported = new Set(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'windows-x64']);

/** The installed package of this platform and its version. */
export async function findPackage(): Promise<{ readonly root: string; readonly version: string }> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  if (!supported.has(platform)) {
    throw new EmbeddedPostgresError(
      'unsupported_platform',
      `There is no embedded PostgreSQL for ${platform}. Set DATABASE_URL to a PostgreSQL server.`,
    );
  }
  const name = `@embedded-postgres/${platform}`;
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { root, version };
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'package_missing',
      `The package ${name} is not installed (npm leaves it out with --omit=optional). ` +
        'Run "npm ci" with optional dependencies, or set DATABASE_URL to a PostgreSQL server.',
      cause,
    );
  }
}

export function binariesAt(root: string): Binaries {
  const program = (name: string) => join(root, 'native', 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  return { root, postgres: program('postgres'), initdb: program('initdb'), pgCtl: program('pg_ctl') };
}

/**
 * The package's binaries if `user` can run them where they are, else a copy below `copyFolder` that it can. A checkout
 * below a folder that only root may enter, or a read-only one without its library links, needs the copy.
 */
export async function usableBinaries(
  packaged: { readonly root: string; readonly version: string },
  user: OsUser | null,
  copyFolder: string,
): Promise<UsableBinaries> {
  const installed = binariesAt(packaged.root);
  const linked = await makeLibraryLinks(packaged.root).then(
    () => true,
    () => false,
  );
  const first = linked ? await askVersion(installed, user) : { reason: 'its library links cannot be made' };
  if ('majorVersion' in first) return { ...installed, majorVersion: first.majorVersion };
  // A package that we cannot run ourselves would not run as a copy either.
  const own = linked && user !== null ? await askVersion(installed, null) : { majorVersion: '' };
  if ('reason' in own) throw unusable(installed, own.reason);
  if (linked && user === null) throw unusable(installed, first.reason);
  const copied = binariesAt(await copyBinaries(packaged, copyFolder, makeLibraryLinks));
  const second = await askVersion(copied, user);
  if ('reason' in second) throw unusable(copied, second.reason);
  return { ...copied, majorVersion: second.majorVersion };
}

/**
 * Makes the links between the libraries that npm packages cannot carry. The package's install script makes them too,
 * but npm does not always run it.
 */
export async function makeLibraryLinks(root: string): Promise<void> {
  const listed = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(listed) as { source: string; target: string }[]) {
    const link = join(root, target);
    if ((await lstat(link).catch(() => null)) !== null) continue;
    await symlink(relative(dirname(target), source), link).catch((error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error;
    });
  }
}

// The only true test of paths, modes, loader, libraries and mount options is to run it.
async function askVersion(
  binaries: Binaries,
  user: OsUser | null,
): Promise<{ readonly majorVersion: string } | { readonly reason: string }> {
  const { output } = await runProgram(binaries.postgres, ['--version'], { user, timeoutMs: 30_000 });
  const majorVersion = /^postgres \(PostgreSQL\) (\d+)/.exec(output)?.[1];
  if (majorVersion !== undefined) return { majorVersion };
  const exists = await access(binaries.postgres).then(
    () => true,
    () => false,
  );
  const isMusl = exists && output.endsWith('ENOENT');
  return { reason: isMusl ? 'it needs glibc, which Alpine and other musl systems lack' : output || 'no output' };
}

function unusable(binaries: Binaries, reason: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'binaries_unusable',
    `The embedded PostgreSQL ${binaries.postgres} cannot run here: ${reason}. ` +
      'Set DATABASE_URL to a PostgreSQL server, or use a system it runs on.',
  );
}
