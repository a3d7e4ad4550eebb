import { rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startEmbeddedPostgres } from '../../src/embedded/embedded-postgres.ts';
import type { EmbeddedPostgresError } from '../../src/embedded/embedded-postgres-error.ts';
import { processesOf, query } from './launcher-process.ts';
import { silentLog } from './silent-log.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from './temporary-folder.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe('data that does not fit is refused and left as it is', () => {
  let dataDir: string;
  let dataPath: string;

  beforeAll(async () => {
    dataDir = await makeTemporaryFolder();
    const first = await startEmbeddedPostgres({ dataDir, log: silentLog });
    dataPath = first.dataPath;
    await first.stop();
  });

  afterAll(() => removeTemporaryFolder(dataDir));

  async function refusalWithout(file: string, content: string | null): Promise<unknown> {
    const path = join(dataDir, file);
    await rename(path, `${path}.kept`);
    if (content !== null) await writeFile(path, content);
    try {
      return await startEmbeddedPostgres({ dataDir, log: silentLog }).then(
        () => 'started',
        (error: EmbeddedPostgresError) => error.code,
      );
    } finally {
      await rename(`${path}.kept`, path);
      expect(processesOf(dataPath)).toEqual([]);
    }
  }

  it('when another major version wrote it', async () => {
    expect(await refusalWithout('postgres/PG_VERSION', '17\n')).toBe('data_version');
  });

  it('when it is no data of PostgreSQL', async () => {
    expect(await refusalWithout('postgres/PG_VERSION', null)).toBe('data_dir_unusable');
  });

  it('when its password is missing', async () => {
    expect(await refusalWithout('postgres.password', null)).toBe('password_missing');
  });

  it('when the password belongs to other data', async () => {
    expect(await refusalWithout('postgres.password', 'of-other-data\n')).toBe('password_rejected');
  });

  it('when it is a link to data that is gone', async () => {
    await rename(dataPath, join(dataDir, 'moved'));
    await symlink(join(dataDir, 'gone'), dataPath);
    await expect(startEmbeddedPostgres({ dataDir, log: silentLog })).rejects.toMatchObject({
      code: 'data_missing',
    });
    await rm(dataPath);
    await rename(join(dataDir, 'moved'), dataPath);
  });

  it('and starts again once it fits', async () => {
    const again = await startEmbeddedPostgres({ dataDir, log: silentLog });
    expect(await query(again.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await again.stop();
  });
});
