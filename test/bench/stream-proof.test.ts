import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { watchBalances } from '../../bench/proof/balances.ts';
import { watchLedger } from '../../bench/proof/ledger.ts';
import type { StreamProof } from '../../bench/sides/side.ts';
import type { AnswerList, StreamResult, Users } from '../../bench/stream/plan.ts';
import { insertLedgerUsers, insertUsers } from '../../bench/users.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
const none: AnswerList = { userIds: [], balances: [], versions: [], operationIds: [] };
let client: pg.Client;

beforeAll(async () => {
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('set user_balance.writes_entries = on');
});

afterAll(() => client.end());

interface Line {
  readonly userId: number;
  readonly version: number;
  readonly balance: number;
  readonly operationId: string;
}

const answersOf = (lines: readonly Line[]): AnswerList => ({
  userIds: lines.map(({ userId }) => userId),
  balances: lines.map(({ balance }) => balance),
  versions: lines.map(({ version }) => version),
  operationIds: lines.map(({ operationId }) => operationId),
});

function resultOf(accepted: readonly Line[], more: Partial<StreamResult> = {}): StreamResult {
  const outcomes = { 200: accepted.length };
  return { wallMs: 1, latenciesMs: new Float64Array(), outcomes, accepted: answersOf(accepted), reads: none, ...more };
}

describe('the proof of a stream on the ledger', () => {
  let users: Users;
  let prove: StreamProof;
  let lines: readonly Line[];

  async function write({ userId, version, balance, operationId }: Line): Promise<void> {
    await client.query('insert into entries values ($1, $2, -2, $3, $4, null, null, null, $5)', [
      ...[userId, version, balance, operationId, 'service'],
    ]);
    await client.query('update users set balance = $2, version = $3 where id = $1', [userId, balance, version]);
  }

  // Three users with 10 each. The first withdraws twice, the second once, the third never.
  beforeEach(async () => {
    users = await insertLedgerUsers(client, 3, 10);
    prove = await watchLedger(client, { users, expected: 'accepted' });
    const { firstId } = users;
    lines = [
      { userId: firstId, version: 2, balance: 8, operationId: randomUUID() },
      { userId: firstId, version: 3, balance: 6, operationId: randomUUID() },
      { userId: firstId + 1, version: 2, balance: 8, operationId: randomUUID() },
    ];
  });

  const [first, second, third] = [0, 1, 2].map((index) => () => lines[index] as Line) as [
    () => Line,
    () => Line,
    () => Line,
  ];
  const writeAll = async () => {
    for (const line of lines) await write(line);
  };

  it('finds nothing when every answer has its entry and every balance its entries', async () => {
    await writeAll();
    const reads = answersOf([first(), { ...third(), userId: users.firstId + 2, version: 1, balance: 10 }]);
    expect(await prove(resultOf(lines, { outcomes: { 200: 5 }, reads }))).toEqual([]);
  });

  it('starts each time from where the users stand', async () => {
    await write(first());
    const again = await watchLedger(client, { users, expected: 'accepted' });
    await write(second());
    expect(await again(resultOf([second()]))).toEqual([]);
  });

  it('finds an accepted answer that left nothing behind', async () => {
    await write(first());
    await write(third());
    expect(await prove(resultOf(lines))).toEqual([
      'users whose balance is not explained by the accepted answers: 1, expected 0',
      'users whose version is not explained by them: 1, expected 0',
      'new entries: 2, expected 3',
      'accepted answers with an entry of their own: 2, expected 3',
    ]);
  });

  it('finds a change that nobody was told of', async () => {
    await writeAll();
    expect(await prove(resultOf([first(), third()]))).toEqual([
      'users whose balance is not explained by the accepted answers: 1, expected 0',
      'users whose version is not explained by them: 1, expected 0',
      'new entries: 3, expected 2',
    ]);
  });

  it('finds two answers that name the same entry', async () => {
    await writeAll();
    expect(await prove(resultOf([first(), first(), third()]))).toEqual([
      'accepted answers with an entry of their own: 2, expected 3',
    ]);
  });

  it('finds an answer with another balance, or one that tells nothing', async () => {
    await writeAll();
    const wrong = { ...first(), balance: 9 };
    const silent = { ...third(), balance: -1, version: -1, operationId: '' };
    expect(await prove(resultOf([wrong, second(), silent]))).toEqual([
      'accepted answers with an entry of their own: 1, expected 3',
    ]);
  });

  it('finds a balance that was read and never was', async () => {
    const reads = answersOf([{ ...first(), version: 1, balance: 9 }]);
    expect(await prove(resultOf([], { outcomes: { 200: 1 }, reads }))).toEqual([
      'balances read that the ledger knows: 0, expected 1',
    ]);
  });

  it('finds every answer that was not expected', async () => {
    expect(await prove(resultOf([], { outcomes: { '409 insufficient_funds': 2, 0: 1 } }))).toEqual([
      '1 answers missing (no answer in time, or a broken connection), expected 200',
      '2 answers 409 insufficient_funds, expected 200',
    ]);
  });

  it('finds that money went although all was refused', async () => {
    const proveRefused = await watchLedger(client, { users, expected: 'refused' });
    await write(first());
    expect(await proveRefused(resultOf([], { outcomes: { '409 insufficient_funds': 2 } }))).toContain(
      'new entries: 1, expected 0',
    );
  });
});

describe('the proof of a stream on a table without entries', () => {
  it('finds a balance that the accepted answers do not explain, and a read that cannot be', async () => {
    await client.query('create table plain_users (like users including all)');
    const users = await insertUsers(client, 'plain_users', 2, 10);
    const prove = await watchBalances(client, { table: 'plain_users', users, expected: 'accepted' });
    await client.query('update plain_users set balance = 8 where id = $1', [users.firstId]);
    const line = { userId: users.firstId, version: -1, balance: 8, operationId: '' };
    const reads = (balance: number) => answersOf([{ ...line, balance }]);
    expect(await prove(resultOf([line], { reads: reads(8) }))).toEqual([]);
    expect(await prove(resultOf([line], { reads: reads(7) }))).toEqual([
      'balances read that the user may have had: 0, expected 1',
    ]);
    expect(await prove(resultOf([line, line]))).toEqual([
      'users whose balance is not explained by the accepted answers: 1, expected 0',
    ]);
  });
});
