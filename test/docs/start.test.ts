import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { Service } from '../support/service.ts';
import { shellBlockWith } from './shell-commands.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
const database = useDatabase();
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'user-balance-start-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('starting it as the documentation says', () => {
  it('runs, with `npm start`, what starts here: the compiled launcher', async () => {
    const service = await new Service({ databaseUrl: database.url, workers: 1 }).whenReady();
    expect((await service.get('/readyz')).status).toBe(200);
    expect(await service.end('SIGTERM')).toBe(0);
    const { stdout } = spawnSync('npm', ['pkg', 'get', 'scripts.start'], { cwd: project, encoding: 'utf8' });
    expect(JSON.parse(stdout)).toBe('exec node dist/main.js serve');
  });

  it('takes the settings from the copy of the example', () => {
    const { commands } = shellBlockWith('docs/settings.md', 'Settings', 'cp .env.example .env');
    copyFileSync(join(project, '.env.example'), join(folder, '.env.example'));
    spawnSync('bash', ['-ec', commands[0] ?? ''], { cwd: folder });
    spawnSync('bash', ['-ec', 'echo "WORKERS=none" >> .env'], { cwd: folder });
    const main = join(project, 'dist', 'main.js');
    const { status, stderr } = spawnSync(process.execPath, [main, 'serve'], { cwd: folder, encoding: 'utf8' });
    expect(status).toBeGreaterThan(0);
    expect(stderr).toContain('WORKERS: must be an integer');
  });
});
