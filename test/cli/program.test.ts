import { type Command, CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';

/** What a command would have been run with: its arguments, then its options. Nothing runs. */
async function parse(...args: string[]): Promise<unknown[]> {
  const program = createProgram({
    onAnswer: async () => undefined,
    writeOut: () => undefined,
    writeErr: () => undefined,
  });
  let parsed: unknown[] = [];
  const stub = (command: Command): void => {
    command.action((...given: unknown[]) => {
      parsed = given.slice(0, -1);
    });
    for (const child of command.commands) stub(child);
  };
  for (const command of program.commands.filter(({ commands }) => commands.length === 0)) stub(command);
  for (const command of program.commands.flatMap(({ commands }) => commands)) stub(command);
  await program.parseAsync(args, { from: 'user' });
  return parsed;
}

const databaseUrl = 'postgres://user@host:5432/name';

describe('arguments', () => {
  it.each([
    [['verify'], [{ limit: 100 }]],
    [
      ['verify', '--all', '--json', '--limit', '7', '--from=3', '--to', '3', '--database-url', databaseUrl],
      [{ all: true, json: true, limit: 7, from: 3, to: 3, databaseUrl }],
    ],
    [['migrate', '--database-url', databaseUrl], [{ databaseUrl }]],
    [
      ['users', 'adjust', '1', '-2'],
      [1, -2, { timeout: 30 }],
    ],
    [
      ['users', 'adjust', '1', '-2', '--idempotency-key', 'order 7', '--url', 'http://host', '--timeout', '5'],
      [1, -2, { idempotencyKey: 'order 7', url: 'http://host', timeout: 5 }],
    ],
    [['users', 'create'], [{ balance: 0, timeout: 30 }]],
    [
      ['users', 'show', '9007199254740991', '--entries', '5'],
      [Number.MAX_SAFE_INTEGER, { entries: 5, timeout: 30 }],
    ],
    [
      ['bench', '--scenario', 'hot', '--quick'],
      [['--scenario', 'hot', '--quick'], {}],
    ],
    [
      ['bench', '--', '--help'],
      [['--help'], {}],
    ],
  ])('%j are read', async (args, expected) => {
    expect(await parse(...args)).toEqual(expected);
  });

  it.each([
    [['verify', '--frm', '1']],
    [['verify', '--from']],
    [['verify', '--from', '0']],
    [['verify', '--from', '1e3']],
    [['verify', '--from', '9007199254740992']],
    [['verify', '--limit', '10001']],
    [['verify', '--all=yes']],
    [['verify', '--database-url', 'mysql://x']],
    [['verify', '7']],
    [['users', 'adjust', '1']],
    [['users', 'adjust', '1', '0']],
    [['users', 'adjust', '1', '1.0']],
    [['users', 'adjust', '1', '+5']],
    [['users', 'adjust', '1', '-9007199254740992']],
    [['users', 'adjust', '-1', '5']],
    [['users', 'adjust', '007', '5']],
    [['users', 'adjust', '1', '5', '6']],
    [['users', 'adjust', '1', '5', '--idempotency-key', '']],
    [['users', 'adjust', '1', '5', '--idempotency-key', 'é']],
    [['users', 'create', '--balance', '-1']],
    [['users', 'show', '1', '--entries', '1001']],
    [['users', 'show', '1', '--timeout', '0']],
    [['users']],
    [['keys', 'creat']],
    [['nothing']],
  ])('%j are refused', async (args) => {
    await expect(parse(...args)).rejects.toThrow(CommanderError);
  });
});
