import type pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { oneUser } from '../../bench/experiments/one-user-statement.ts';
import { parsedEachTime, prepared, preparedText, simple } from '../../bench/experiments/protocols.ts';
import { entriesOf, planRounds, type RoundShape } from '../../bench/experiments/rounds.ts';
import { timeRounds } from '../../bench/experiments/timed-rounds.ts';
import { preparedValues, values } from '../../bench/experiments/values-statement.ts';
import { openWriter, type StatementFactory } from '../../bench/experiments/writer.ts';
import { noteBefore } from '../../bench/proof/before-stream.ts';
import { proveChanges } from '../../bench/proof/ledger.ts';
import { insertLedgerUsers } from '../../bench/users.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
const oneUserShape: RoundShape = { users: 1, entriesPerUser: 2, isKeyed: false };
const shape: RoundShape = { users: 3, entriesPerUser: 2, isKeyed: false };
let client: pg.Client;

beforeAll(async () => {
  client = await database.connect();
});

const usersWith = (balance: number) => insertLedgerUsers(client, 5, balance);

describe.each([
  { name: 'unnest, prepared', create: prepared, sent: shape, preparedCount: 1 },
  { name: 'unnest of text, prepared', create: preparedText, sent: shape, preparedCount: 1 },
  { name: 'unnest, parsed each time', create: parsedEachTime, sent: shape, preparedCount: 0 },
  { name: 'unnest, simple protocol', create: simple, sent: shape, preparedCount: 0 },
  { name: 'VALUES, parsed each time', create: values, sent: shape, preparedCount: 0 },
  { name: 'VALUES, prepared per size', create: preparedValues, sent: shape, preparedCount: 1 },
  { name: 'one user, prepared', create: oneUser, sent: oneUserShape, preparedCount: 1 },
])('a round that is sent as $name', ({ create, sent, preparedCount }) => {
  async function open() {
    const sessions: pg.Client[] = [];
    const watched: StatementFactory = (db, session) => {
      sessions.push(session);
      return create(db, session);
    };
    const writer = await openWriter(database.url, watched);
    const countPrepared = async () => {
      const { rows } = await (sessions[0] as pg.Client).query(
        'select count(*)::int as count from pg_prepared_statements',
      );
      return rows[0]?.count;
    };
    return { writer, countPrepared };
  }

  it('leaves the balances, versions and entries that it should', async () => {
    const users = await usersWith(100);
    const rounds = await planRounds(client, users, sent, 4);
    await noteBefore(client, 'users', users);
    const { writer, countPrepared } = await open();
    await writer.send(rounds);
    const counted = await countPrepared();
    await writer.close();
    expect(await proveChanges(client, users, entriesOf(rounds))).toEqual([]);
    expect(counted).toBe(preparedCount);
  });

  it('changes nobody twice, and nobody below zero', async () => {
    const users = await usersWith(4);
    const [first = [], second = []] = await planRounds(client, { ...users, count: sent.users }, sent, 2);
    await noteBefore(client, 'users', users);
    const { writer } = await open();
    await writer.send([first]);
    await expect(writer.send([first])).rejects.toThrow('changed 0');
    await expect(writer.send([second])).rejects.toThrow('changed 0');
    await writer.close();
    expect(await proveChanges(client, users, entriesOf([first]))).toEqual([]);
  });
});

describe('timed rounds', () => {
  const bench = () => ({ url: database.url, client, facts: facts(), sibling: () => Promise.reject(new Error('none')) });
  const facts = () => ({ version: '', fsync: 'on', synchronousCommit: 'on', fullPageWrites: 'on' });

  it('are proven over two sessions that share the users out', async () => {
    const users = await insertLedgerUsers(client, 10, 1000);
    const result = await timeRounds({ database: bench(), users, shape, rounds: 6, sessions: 2 }, { isWarmUp: false });
    expect(result).toMatchObject({ kind: 'proven', points: [{ figures: { changesPerSecond: expect.any(Number) } }] });
  });

  it('disagree when the ledger lacks what was sent', async () => {
    const users = await usersWith(1000);
    // Leaves out the last of 3 + 6 rounds, and says that it was applied.
    const forgetful: StatementFactory = (db, session) => {
      const send = prepared(db, session);
      let count = 0;
      return async (round) => {
        count += 1;
        return count === 9 ? round.map(({ userId }) => userId) : send(round);
      };
    };
    const result = await timeRounds(
      { database: bench(), users, shape, rounds: 6, statement: forgetful },
      { isWarmUp: false },
    );
    expect(result).toMatchObject({ kind: 'disagreed' });
  });
});
