import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXIT, EXIT_BY_SIGNAL } from '../../src/cli/exit-codes.ts';
import { createProgram } from '../../src/cli/program.ts';
import { runCommand } from '../support/command-process.ts';

/** Nobody listens there, so whatever touches the database or the service fails. */
const environment = {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  USER_BALANCE_URL: 'http://127.0.0.1:9',
};
const run = (...args: string[]) => runCommand(args, environment);

const program = createProgram({
  onAnswer: async () => undefined,
  writeOut: () => undefined,
  writeErr: () => undefined,
});
const commands = program.commands.flatMap((command) =>
  command.commands.length === 0
    ? [command.name()]
    : [command.name(), ...command.commands.map((child) => `${command.name()} ${child.name()}`)],
);

describe('the command line', () => {
  it.each([...commands, 'help'])('explains %s --help and does nothing else', async (command) => {
    const { code, stdout, stderr } = await run(...command.split(' '), '--help');
    const usage = command === 'help' ? 'Usage: user-balance' : `Usage: user-balance ${command} `;
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: expect.stringContaining(usage), stderr: '' });
  });

  it('explains itself, and tells its version', async () => {
    const help = await run('--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const command of program.commands) expect(help.stdout).toMatch(new RegExp(`^ {2}${command.name()} `, 'm'));
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([
    ['migrate', '--dry-run'],
    ['create-database', 'other'],
    ['serve', '--port', '1'],
    ['constructor'],
    ['keys'],
    ['keys', 'create'],
    ['users'],
    ['users', 'adjust', '1'],
    ['users', 'adjust', '1', '-1.5'],
  ])('refuses %s %s, and says how it is used', async (...args) => {
    expect(await run(...args)).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining('Usage: user-balance') });
  });

  it.each([
    ['a command', ['verfy'], 'verify'],
    ['a command of a group', ['users', 'adjst', '1', '2'], 'adjust'],
    ['an option', ['verify', '--jsn'], '--json'],
  ])('asks whether %s was meant', async (_what, args, meant) => {
    expect((await run(...args)).stderr).toContain(`(Did you mean ${meant}?)`);
  });

  it('prints the OpenAPI document', async () => {
    expect(JSON.parse((await run('openapi')).stdout)).toMatchObject({ openapi: expect.stringMatching(/^3\.1\./) });
  });

  it.each([
    ['help', ['--help']],
    ['a long answer', ['openapi']],
  ])('ends quietly with 141 when nobody reads %s', async (_what, args) => {
    const result = await runCommand(args, environment, (child) => child.stdout?.destroy());
    expect(result).toMatchObject({ code: 141, stderr: '' });
  });

  it('keeps its exit code when nobody reads its complaints', async () => {
    const result = await runCommand(['migrate'], environment, (child) => child.stderr?.destroy());
    expect(result).toMatchObject({ code: 3, stdout: '' });
  });
});

describe('without a database', () => {
  it.each([['migrate'], ['create-database']])(
    '%s exits with 3, and says where it looked and what to do',
    async (command) => {
      const { code, stdout, stderr } = await run(command, '--json');
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      expect(stderr).toMatch(
        /^Cannot connect to PostgreSQL at 127\.0\.0\.1:1\/\w+: connect ECONNREFUSED .*\n.*DATABASE_URL/,
      );
    },
  );

  it('its password is not repeated', async () => {
    const { stderr } = await run('migrate', '--database-url', 'postgres://me:secret@127.0.0.1:1/none');
    expect(stderr).toContain('127.0.0.1:1/none');
    expect(stderr).not.toContain('secret');
  });

  it('migrate asks for DATABASE_URL where there is none', async () => {
    const { code, stderr } = await runCommand(['migrate']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('Set DATABASE_URL: postgres://') });
  });
});

describe('settings that are wrong', () => {
  it.each([
    ['serve', ['serve'], { PORT: 'x' }, 'PORT: must be'],
    ['serve with an option', ['serve', '--json'], { PORT: 'x' }, 'PORT: must be'],
    ['serve that others would reach', [], { HOST: '0.0.0.0' }, 'HOST=0.0.0.0 can be reached'],
    ['verify', ['verify'], { DATABASE_URL: 'mysql://x' }, 'DATABASE_URL: must be'],
    ['users', ['users', 'show', '1'], { USER_BALANCE_URL: 'localhost:3000' }, 'USER_BALANCE_URL: must be'],
    [
      'users with a key',
      ['users', 'show', '1'],
      { USER_BALANCE_API_KEY: 'hub secret' },
      'USER_BALANCE_API_KEY: must be',
    ],
  ])('stop %s with 2 and a line that names them', async (_what, args, settings, line) => {
    const { code, stdout, stderr } = await runCommand(args, settings);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(line) });
    expect(stderr).not.toContain('secret');
  });
});

describe('docs/command-line.md', () => {
  const page = readFileSync(new URL('../../docs/command-line.md', import.meta.url), 'utf8');

  it.each(commands.filter((command) => !['keys', 'users'].includes(command)))('tells of %s', (command) => {
    expect(page).toContain(`| \`${command}`);
  });

  it.each([...Object.values(EXIT), ...Object.values(EXIT_BY_SIGNAL)])('tells of the exit code %d', (code) => {
    expect(page).toMatch(new RegExp(`^\\| (\\d+, )*${code}(, \\d+)* +\\|`, 'm'));
  });
});
