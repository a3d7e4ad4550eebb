import type { Account, Entry } from '../../src/domain/decide.ts';
import type { Balance, UserId, Version } from '../../src/domain/operation.ts';
import { createOperationIds } from '../../src/http/operation-id.ts';
import type { UserChange } from '../../src/store/ledger.ts';
import { systemClock } from '../../src/time/clock.ts';
import { WITHDRAWAL } from '../answers.ts';
import type { Queryable } from '../queryable.ts';
import type { AnswerList, Users } from '../stream/plan.ts';

/** The same for every round. */
export interface RoundShape {
  readonly users: number;
  readonly entriesPerUser: number;
  /** Every entry has an idempotency key. */
  readonly isKeyed: boolean;
}

export type Round = readonly UserChange[];

const nextId = createOperationIds(systemClock);

/**
 * `count` rounds of withdrawals of 2 as a group commit would send them one after the other, the users in turn. They go on
 * from where the users stand now.
 */
export async function planRounds(
  client: Queryable,
  users: Users,
  shape: RoundShape,
  count: number,
): Promise<readonly Round[]> {
  const accounts = await readAccounts(client, users);
  let next = 0;
  return Array.from({ length: count }, () =>
    Array.from({ length: shape.users }, () => {
      const userId = users.firstId + (next++ % users.count);
      const change = changeOf(userId, accounts, shape);
      accounts.set(userId, change.next);
      return change;
    }),
  );
}

async function readAccounts(client: Queryable, { firstId, count }: Users): Promise<Map<number, Account>> {
  const { rows } = await client.query<{ id: number; balance: number; version: number }>(
    `select id::float8 as id, balance::float8 as balance, version::float8 as version
     from users where id between $1 and $2`,
    [firstId, firstId + count - 1],
  );
  return new Map(
    rows.map(({ id, balance, version }) => [id, { balance: balance as Balance, version: version as Version }]),
  );
}

function changeOf(userId: number, accounts: ReadonlyMap<number, Account>, shape: RoundShape): UserChange {
  const expected = accounts.get(userId);
  if (expected === undefined) throw new Error(`There is no user ${userId}`);
  const entries = Array.from({ length: shape.entriesPerUser }, (_, index): Entry => {
    const operationId = nextId();
    return {
      version: (expected.version + index + 1) as Version,
      amount: -WITHDRAWAL,
      balance: (expected.balance - WITHDRAWAL * (index + 1)) as Balance,
      operationId,
      idempotencyKey: shape.isKeyed ? operationId : null,
      refusal: null,
    };
  });
  const last = entries.at(-1);
  const next = last === undefined ? expected : { balance: last.balance, version: last.version };
  return { userId: userId as UserId, expected, next, entries };
}

/** What these rounds should have left behind, in the form that proofs take. */
export function entriesOf(rounds: readonly Round[]): AnswerList {
  const lines = rounds.flat().flatMap(({ userId, entries }) => entries.map((entry) => ({ userId, ...entry })));
  return {
    userIds: lines.map(({ userId }) => userId),
    balances: lines.map(({ balance }) => balance),
    versions: lines.map(({ version }) => version),
    operationIds: lines.map(({ operationId }) => operationId),
  };
}
