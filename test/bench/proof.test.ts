import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AcceptedAnswer } from '../../bench/answers.ts';
import { proveBalance, proveLedger } from '../../bench/proof/account.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
let client: pg.Client;

beforeAll(async () => {
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('set user_balance.writes_entries = on');
});

afterAll(() => client.end());

const accepted: readonly AcceptedAnswer[] = [
  { balance: 2, operationId: randomUUID() },
  { balance: 0, operationId: randomUUID() },
];

interface Line {
  readonly version: number;
  readonly amount: number;
  readonly balance: number;
  readonly operationId?: string | undefined;
}

/** The ledger of a user who owned 4 and withdrew 2 twice. */
const history: readonly Line[] = [
  { version: 1, amount: 4, balance: 4 },
  { version: 2, amount: -2, balance: 2, operationId: accepted[0]?.operationId },
  { version: 3, amount: -2, balance: 0, operationId: accepted[1]?.operationId },
];

async function writeUser(lines: readonly Line[], { balance, version } = { balance: 0, version: 3 }): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    'insert into users (balance, version) values ($1, $2) returning id::float8 as id',
    [balance, version],
  );
  const userId = rows[0]?.id ?? 0;
  for (const line of lines) {
    await database.query('insert into entries values ($1, $2, $3, $4, $5, null, null, null, $6)', [
      userId,
      line.version,
      line.amount,
      line.balance,
      line.operationId ?? randomUUID(),
      line.version === 1 ? 'opening' : 'service',
    ]);
  }
  return userId;
}

const prove = async (lines: readonly Line[], user?: { balance: number; version: number }) =>
  proveLedger(client, { userId: await writeUser(lines, user), opening: 4, accepted });

const [opening, first, second] = history as [Line, Line, Line];

describe('the proof of a ledger', () => {
  it('finds nothing in a ledger that explains the balance', async () => {
    expect(await prove(history)).toEqual([]);
  });

  it('finds a balance that is not used up', async () => {
    expect(await prove(history, { balance: 2, version: 3 })).toEqual([
      'final balance: 2, expected 0',
      'sum of the entries: 0, expected 2',
    ]);
  });

  it('finds a lost entry', async () => {
    expect(await prove([opening, second])).toEqual([
      'sum of the entries: 2, expected 0',
      'number of entries: 2, expected 3',
      'gaps between versions: 1, expected 0',
      'entries that do not start where the one before ended: 1, expected 0',
      'accepted answers with an entry of their own that ends at the answered balance: 1, expected 2',
    ]);
  });

  it('finds a change that was written twice', async () => {
    const again = { ...second, version: 4 };
    expect(await prove([opening, first, second, again], { balance: 0, version: 4 })).toContain(
      'number of entries: 4, expected 3',
    );
  });

  it('finds entries whose amounts sum up but do not follow each other', async () => {
    expect(await prove([opening, { ...first, balance: 3 }, second])).toContain(
      'entries that do not start where the one before ended: 2, expected 0',
    );
  });

  it('finds an accepted answer without its entry', async () => {
    expect(await prove([opening, first, { ...second, operationId: undefined }])).toEqual([
      'accepted answers with an entry of their own that ends at the answered balance: 1, expected 2',
    ]);
  });

  it('finds a version of the user that no entry has', async () => {
    expect(await prove(history, { balance: 0, version: 5 })).toEqual(['version of the user: 5, expected 3']);
  });

  it('finds that a user is missing', async () => {
    expect(await proveLedger(client, { userId: 999_999, opening: 4, accepted })).toEqual([
      'user 999999 is not in the database',
    ]);
  });
});

describe('the proof of a balance without entries', () => {
  it('finds nothing when it is used up, and tells what is left or missing', async () => {
    await database.query('create table plain_users (id bigint primary key, balance bigint not null)');
    await database.query('insert into plain_users values (1, 0), (2, 6)');
    expect(await proveBalance(client, 'plain_users', 1)).toEqual([]);
    expect(await proveBalance(client, 'plain_users', 2)).toEqual(['final balance: 6, expected 0']);
    expect(await proveBalance(client, 'plain_users', 3)).toEqual(['final balance: NaN, expected 0']);
  });
});
