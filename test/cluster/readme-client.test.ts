import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { clientExample } from '../support/readme.ts';
import { Service } from '../support/service.ts';

const cwd = fileURLToPath(new URL('../../', import.meta.url));
const database = useDatabase();
let service: Service;

beforeAll(async () => {
  service = await new Service({ databaseUrl: database.url, workers: 1 }).whenReady();
});
afterAll(() => service.end('SIGKILL'));

/** Runs it as a program of its own, which finds the package by its name as any other program does. */
async function run(code: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], { cwd });
  return stdout;
}

describe('the example of the client in the README', () => {
  it('does what it says', async () => {
    const code = clientExample(service.url);
    expect(await run(code)).toBe('there is no such user\n');
    await service.post('/api/users', { userId: 1, balance: 10 });
    expect(await run(code)).toBe('paid, 8 left\n');
    expect(await run(code), 'paid once').toBe('paid, 8 left\n');
    expect(await run(code.replace('-2', '-20').replace('1843', '1844'))).toBe('insufficient_funds: there are 8\n');
    expect(await run(code.replace('-2', '-3'))).toBe('idempotency_key_reused: nothing was applied\n');
  });
});
