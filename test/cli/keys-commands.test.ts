import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseApiKeyRecords } from '../../src/access/api-key-records.ts';
import { ApiKeys } from '../../src/access/api-keys.ts';
import { type Answer, CommandError } from '../../src/cli/answer.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { createProgram } from '../../src/cli/program.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'user-balance-keys-'));
  file = join(folder, 'keys.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The answer to `keys`, with what commander prints kept from the terminal. */
async function answerTo(...args: string[]): Promise<Answer> {
  const answers: Answer[] = [];
  const program = createProgram({
    onAnswer: async (answer) => {
      answers.push(answer);
    },
    writeOut: () => undefined,
    writeErr: () => undefined,
  });
  await program.parseAsync(['keys', ...args], { from: 'user' });
  return answers[0] as Answer;
}

const keys = async (...args: string[]) => (await answerTo(...args)).text ?? '';

const recordsIn = (path: string) => parseApiKeyRecords(readFileSync(path, 'utf8'), path);

describe('keys create', () => {
  it('prints a key, and the record that accepts it', async () => {
    const [key = '', record = ''] = (await keys('create', '--caller', 'shop')).split('\n');
    const accepted = new ApiKeys(parseApiKeyRecords(`[${record}]`, 'it'));
    const scopes = new Set(['balance:read', 'balance:write']);
    expect(accepted.identify(key, Date.now())).toMatchObject({ kind: 'caller', caller: { name: 'shop', scopes } });
    expect(record).not.toContain(key.slice(-43));
  });

  it('adds to a file what accepts the key, never the key, and lets its owner alone read it', async () => {
    const first = (await keys('create', '--caller', 'shop', '--file', file)).trim();
    const expires = '2999-01-01T00:00:00Z';
    const args = ['--caller', 'ops', '--scopes', 'metrics:read', '--id', 'ops-1', '--expires', expires];
    const second = (await keys('create', ...args, '--file', file)).trim();
    const accepted = new ApiKeys(recordsIn(file));
    expect(accepted.identify(first, Date.now())).toMatchObject({ caller: { name: 'shop' } });
    expect(accepted.identify(second, Date.now())).toMatchObject({ caller: { name: 'ops', keyId: 'ops-1' } });
    expect(accepted.identify(second, Date.parse(expires)).kind).toBe('doubtful');
    for (const key of [first, second]) expect(readFileSync(file, 'utf8')).not.toContain(key.slice(-43));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(existsSync(`${file}.new`)).toBe(false);
  });

  it('keeps the mode of a file that is there', async () => {
    writeFileSync(file, '[]');
    chmodSync(file, 0o640);
    await keys('create', '--caller', 'shop', '--file', file);
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  it.each([
    ['no caller', []],
    ['a caller with a space', ['--caller', 'a b']],
    ['an unknown scope', ['--caller', 'a', '--scopes', 'balance:read,everything']],
    ['an odd id', ['--caller', 'a', '--id', 'a_b']],
    ['an expiry that is no time', ['--caller', 'a', '--expires', 'tomorrow']],
    ['an expiry in the past', ['--caller', 'a', '--expires', '2020-01-01T00:00:00Z']],
    ['an unknown option', ['--caller', 'a', '--force']],
  ])('refuses %s and writes nothing', async (_what, args) => {
    const areWrongArguments = (error: unknown) =>
      error instanceof CommanderError || (error instanceof CommandError && error.exitCode === EXIT.usage);
    await expect(keys('create', ...args, '--file', file)).rejects.toSatisfy(areWrongArguments);
    expect(existsSync(file)).toBe(false);
  });

  it('refuses an id that is taken, and a file that is no list of keys', async () => {
    await keys('create', '--caller', 'a', '--id', 'one', '--file', file);
    const before = readFileSync(file, 'utf8');
    await expect(keys('create', '--caller', 'b', '--id', 'one', '--file', file)).rejects.toThrow('already');
    expect(readFileSync(file, 'utf8')).toBe(before);
    writeFileSync(file, '{"something": "else"}');
    await expect(keys('create', '--caller', 'b', '--file', file)).rejects.toThrow('must be a list');
    expect(readFileSync(file, 'utf8')).toBe('{"something": "else"}');
    expect(existsSync(`${file}.new`)).toBe(false);
  });

  it('loses no key when several are made at once: one is added, or its maker is told', async () => {
    const made = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) => keys('create', '--caller', 'a', '--id', `k${i}`, '--file', file)),
    );
    const told = made.flatMap((one, i) => (one.status === 'fulfilled' ? [`k${i}`] : []));
    expect(told.length).toBeGreaterThan(0);
    expect(
      recordsIn(file)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(told);
  });
});

describe('keys list', () => {
  it('shows who may do what until when, and no hash', async () => {
    await keys('create', '--caller', 'shop', '--id', 'one', '--file', file);
    const listed = await keys('list', '--file', file);
    expect(listed).toMatch(/^ID {3}CALLER {2}SCOPES +EXPIRES\none {2}shop +balance:read,balance:write +never\n$/);
    expect(listed).not.toContain(recordsIn(file)[0]?.sha256);
  });
});

describe('keys revoke', () => {
  it('takes one key out of the file and leaves the others', async () => {
    for (const id of ['one', 'two']) await keys('create', '--caller', 'shop', '--id', id, '--file', file);
    await keys('revoke', '--file', file, '--id', 'one');
    expect(recordsIn(file).map(({ id }) => id)).toEqual(['two']);
    await expect(keys('revoke', '--file', file, '--id', 'one')).rejects.toThrow('no key with the id one');
  });
});

it.each([[], ['steal'], ['create', 'now', '--caller', 'a'], ['list'], ['revoke', '--file', 'x']])(
  'keys %s is refused as wrong usage',
  async (...args) => {
    await expect(keys(...(args as string[]))).rejects.toThrow(CommanderError);
  },
);

describe('with --json', () => {
  it('create gives the key, its record and the file', async () => {
    const { json } = await answerTo('create', '--caller', 'shop', '--file', file, '--json');
    expect(json).toEqual({ key: expect.stringMatching(/^hub_/), record: recordsIn(file)[0], file });
    expect((await answerTo('create', '--caller', 'shop')).json).toMatchObject({ file: null });
  });

  it('list gives no hash, and revoke the id', async () => {
    await keys('create', '--caller', 'shop', '--id', 'one', '--file', file);
    const shop = { id: 'one', caller: 'shop', scopes: ['balance:read', 'balance:write'], expiresAt: null };
    expect((await answerTo('list', '--file', file, '--json')).json).toEqual({ keys: [shop] });
    expect((await answerTo('revoke', '--file', file, '--id', 'one')).json).toEqual({ revoked: 'one' });
  });
});

it('keys list says how to make a file that is missing', async () => {
  await expect(keys('list', '--file', file)).rejects.toThrow(`keys create --caller NAME --file ${file}`);
});

describe('a key file behind a link', () => {
  it('is changed itself, and stays behind the link', async () => {
    await keys('create', '--caller', 'shop', '--id', 'old', '--file', file);
    const link = join(folder, 'link.json');
    symlinkSync(file, link);
    await keys('revoke', '--file', link, '--id', 'old');
    expect(recordsIn(file)).toEqual([]);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });
});
