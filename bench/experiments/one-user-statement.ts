import { bigintArray, uuidArray } from '../../src/store/array-parameters.ts';
import type { StatementFactory } from './writer.ts';

const TEXT = `
  with changed as (
    update users set balance = balance + $2::bigint, version = version + $3::bigint, updated_at = now()
    where id = $1::bigint and version = $4::bigint and balance + $2::bigint between 0 and 9007199254740991
    returning id
  ), written as (
    insert into entries
    select $1::bigint, entry.version, entry.amount, entry.balance, entry.operation_id,
      null::text, null::bigint, null::text, 'service', now()
    from unnest($5::bigint[], $6::bigint[], $7::bigint[], $8::uuid[]) as entry(version, amount, balance, operation_id)
    where exists (select from changed)
  )
  select id from changed`;

/** A statement for rounds of one user: nothing is joined. Prepared, and given to the driver without Drizzle. */
export const oneUser: StatementFactory = (_db, client) => async (round) => {
  const [change, ...others] = round;
  if (change === undefined || others.length > 0) throw new Error('This statement takes rounds of one user');
  const { userId, expected, next, entries } = change;
  const { rowCount } = await client.query({
    name: 'one_user',
    text: TEXT,
    values: [
      userId,
      next.balance - expected.balance,
      next.version - expected.version,
      expected.version,
      bigintArray(entries.map(({ version }) => version)),
      bigintArray(entries.map(({ amount }) => amount)),
      bigintArray(entries.map(({ balance }) => balance)),
      uuidArray(entries.map(({ operationId }) => operationId)),
    ],
  });
  return rowCount === 1 ? [userId] : [];
};
