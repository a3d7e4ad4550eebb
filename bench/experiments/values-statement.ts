import type pg from 'pg';
import type { UserId } from '../../src/domain/operation.ts';
import type { StatementFactory } from './writer.ts';

type Column = readonly [name: string, type: string];

const CHANGE: readonly Column[] = [
  ['id', 'bigint'],
  ['delta', 'bigint'],
  ['count', 'bigint'],
  ['expected_version', 'bigint'],
];
const ENTRY: readonly Column[] = [
  ['user_id', 'bigint'],
  ['version', 'bigint'],
  ['amount', 'bigint'],
  ['balance', 'bigint'],
  ['operation_id', 'uuid'],
];

/** The statement of a round with one row of parameters for each user and each entry, parsed for each round. */
export const values: StatementFactory = (_db, client) => valuesStatement(client, () => undefined);

/** The same, prepared for its size: the best that rounds which are all of one size could have. */
export const preparedValues: StatementFactory = (_db, client) =>
  valuesStatement(client, (users, entries) => `values_${users}_${entries}`);

function valuesStatement(
  client: pg.Client,
  nameOf: (users: number, entries: number) => string | undefined,
): ReturnType<StatementFactory> {
  const texts = new Map<string, string>();
  return async (round) => {
    const changes = round.flatMap(({ userId, expected, next }) => [
      userId,
      next.balance - expected.balance,
      next.version - expected.version,
      expected.version,
    ]);
    const entries = round.flatMap((change) =>
      change.entries.flatMap((entry) => [change.userId, entry.version, entry.amount, entry.balance, entry.operationId]),
    );
    const entryCount = entries.length / ENTRY.length;
    const size = `${round.length} ${entryCount}`;
    const text = texts.get(size) ?? textOf(round.length, entryCount);
    texts.set(size, text);
    const name = nameOf(round.length, entryCount);
    const { rows } = await client.query({
      ...(name === undefined ? {} : { name }),
      text,
      values: [...changes, ...entries],
      rowMode: 'array',
    });
    return rows.map(([id]) => Number(id) as UserId);
  };
}

/** The guard, the entries and the shape are those of the service; so are the ids, named for the index by themselves. */
function textOf(users: number, entries: number): string {
  const ids = Array.from({ length: users }, (_, row) => `$${1 + row * CHANGE.length}::bigint`);
  return `
    with changed as (
      update users set balance = users.balance + change.delta, version = users.version + change.count, updated_at = now()
      from (values ${rowsOf(CHANGE, users, 1)}) as change(${namesOf(CHANGE)})
      where users.id in (${ids.join(', ')}) and users.id = change.id and users.version = change.expected_version
        and users.balance + change.delta between 0 and 9007199254740991
      returning users.id
    ), written as (
      insert into entries
      select entry.user_id, entry.version, entry.amount, entry.balance, entry.operation_id,
        null::text, null::bigint, null::text, 'service', now()
      from (values ${rowsOf(ENTRY, entries, 1 + users * CHANGE.length)}) as entry(${namesOf(ENTRY)})
        inner join changed on changed.id = entry.user_id
    )
    select id from changed`;
}

const namesOf = (columns: readonly Column[]) => columns.map(([name]) => name).join(', ');

function rowsOf(columns: readonly Column[], count: number, first: number): string {
  const row = (index: number) =>
    columns.map(([, type], column) => `$${first + index * columns.length + column}::${type}`).join(', ');
  return Array.from({ length: count }, (_, index) => `(${row(index)})`).join(', ');
}
