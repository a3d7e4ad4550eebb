import pg from 'pg';
import type { AcceptedAnswer } from '../answers.ts';
import type { Queryable } from '../queryable.ts';
import { differences } from './differences.ts';

/** A user who has been emptied: `opening` was entry 1, and every accepted answer one entry more. */
export interface EmptiedAccount {
  readonly userId: number;
  readonly opening: number;
  readonly accepted: readonly AcceptedAnswer[];
}

interface LedgerFacts {
  readonly balance: number;
  readonly version: number;
  readonly entries: number;
  readonly sum: number;
  readonly lastVersion: number;
  readonly gaps: number;
  readonly breaks: number;
  readonly openings: number;
  readonly acknowledged: number;
}

// Numbers beyond 2^53 cannot occur in an account this small, so float8 is exact and needs no parsing.
const LEDGER_FACTS = `
  with line as (
    select version, amount, balance, operation_id, source,
           lag(version, 1, 0) over history as version_before,
           lag(balance, 1, 0) over history as balance_before
    from entries where user_id = $1
    window history as (order by version)
  ), answer as (
    select * from unnest($2::uuid[], $3::bigint[]) as answer (operation_id, balance)
  )
  select users.balance::float8 as balance, users.version::float8 as version,
         count(line)::float8 as entries,
         coalesce(sum(line.amount), 0)::float8 as sum,
         coalesce(max(line.version), 0)::float8 as "lastVersion",
         count(*) filter (where line.version <> line.version_before + 1)::float8 as gaps,
         count(*) filter (where line.balance <> line.balance_before + line.amount)::float8 as breaks,
         count(*) filter (where line.source = 'opening' and line.version = 1 and line.amount = $4)::float8 as openings,
         (select count(*) from answer join line using (operation_id, balance))::float8 as acknowledged
  from users left join line on true
  where users.id = $1
  group by users.id`;

/** Asks the database whether the ledger of an emptied user agrees with itself and with every accepted answer. */
export async function proveLedger(client: Queryable, account: EmptiedAccount): Promise<readonly string[]> {
  const { userId, opening, accepted } = account;
  const ids = accepted.map((answer) => answer.operationId);
  const balances = accepted.map((answer) => answer.balance);
  const { rows } = await client.query<LedgerFacts>(LEDGER_FACTS, [userId, ids, balances, opening]);
  const [facts] = rows;
  if (facts === undefined) return [`user ${userId} is not in the database`];
  const entries = accepted.length + 1;
  return differences([
    ['final balance', facts.balance, 0],
    ['sum of the entries', facts.sum, facts.balance],
    ['number of entries', facts.entries, entries],
    ['opening entries', facts.openings, 1],
    ['version of the user', facts.version, entries],
    ['version of the last entry', facts.lastVersion, entries],
    ['gaps between versions', facts.gaps, 0],
    ['entries that do not start where the one before ended', facts.breaks, 0],
    [
      'accepted answers with an entry of their own that ends at the answered balance',
      facts.acknowledged,
      accepted.length,
    ],
  ]);
}

/** The balance of a user whose table keeps no entries. */
export async function proveBalance(client: Queryable, table: string, userId: number): Promise<readonly string[]> {
  const { rows } = await client.query<{ balance: number }>(
    `select balance::float8 as balance from ${pg.escapeIdentifier(table)} where id = $1`,
    [userId],
  );
  return differences([['final balance', rows[0]?.balance ?? Number.NaN, 0]]);
}
