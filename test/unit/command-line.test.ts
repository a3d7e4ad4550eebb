import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** Nobody listens there, so whatever touches the database fails with 1. */
const env = { ...process.env, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
const run = (...args: string[]) => spawnSync(process.execPath, [main, ...args], { env, encoding: 'utf8' });

describe('the command line', () => {
  it.each([
    ['serve'],
    ['migrate'],
    ['create-database'],
    ['keys'],
    ['keys', 'create'],
    ['verify'],
    ['openapi'],
    ['help'],
  ])('explains %s --help and does nothing else', (...command) => {
    const { status, stdout } = run(...command, '--help');
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('Usage: user-balance') });
  });

  it.each([
    ['migrate', '--dry-run'],
    ['create-database', 'other'],
    ['serve', '--port', '1'],
    ['constructor'],
    ['nothing'],
  ])('refuses %s %s', (...args) => {
    const { status, stderr } = run(...args);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('Usage: user-balance') });
  });

  it('prints the OpenAPI document', () => {
    expect(JSON.parse(run('openapi').stdout)).toMatchObject({ openapi: expect.stringMatching(/^3\.1\./) });
  });

  it('fails with 1 where there is no database', () => {
    expect(run('migrate').status).toBe(1);
  });
});
