import type { Call, LedgerEntry, UserHistory } from '../history/history.ts';
import type { PostgresServer } from './postgres-server.ts';
import type { Recorded } from './records.ts';

interface EntryRow {
  readonly user_id: string;
  readonly version: string;
  readonly amount: string;
  readonly balance: string;
  readonly operation_id: string;
  readonly idempotency_key: string | null;
  readonly requested: string | null;
  readonly source: string;
}

interface AccountRow {
  readonly id: string;
  readonly balance: string;
  readonly version: string;
}

/** Creates users by plain SQL, each with a first entry that is nobody's call. Their ids, ascending. */
export async function createUsers(server: PostgresServer, count: number, balance: number): Promise<number[]> {
  const rows = await server.query<{ id: string }>(
    'insert into users (balance) select $1 from generate_series(1, $2::int) returning id',
    [balance, count],
  );
  return rows.map((row) => Number(row.id)).sort((a, b) => a - b);
}

/** Reads what the ledger says of these users and puts it beside what their callers saw. */
export async function readHistories(
  server: PostgresServer,
  users: readonly number[],
  recorded: readonly Recorded[],
): Promise<readonly UserHistory[]> {
  // In one snapshot: an account and its entries are of the same moment.
  const rows = await server.query<{ accounts: AccountRow[]; entries: EntryRow[] | null }>(
    `select
       (select json_agg(json_build_object('id', id::text, 'balance', balance::text, 'version', version::text))
        from users where id = any($1::bigint[])) as accounts,
       (select json_agg(json_build_object('user_id', user_id::text, 'version', version::text, 'amount', amount::text,
          'balance', balance::text, 'operation_id', operation_id, 'idempotency_key', idempotency_key,
          'requested', requested::text, 'source', source) order by user_id, version)
        from entries where user_id = any($1::bigint[])) as entries`,
    [users],
  );
  const { accounts = [], entries } = rows[0] ?? {};
  const callsOf = groupBy(recorded, (each) => each.userId);
  const entriesOf = groupBy(entries ?? [], (entry) => Number(entry.user_id));
  return accounts.map((account) => {
    const userId = Number(account.id);
    const calls = (callsOf.get(userId) ?? []).map(({ call }) => call);
    return {
      userId,
      openingBalance: 0,
      calls,
      entries: nameEntries(calls, entriesOf.get(userId) ?? []),
      account: { balance: Number(account.balance), version: Number(account.version) },
    };
  });
}

/** Gives each entry the name of the call it stands for: by its key, by its operation id, or by its amount. */
function nameEntries(calls: readonly Call[], rows: readonly EntryRow[]): LedgerEntry[] {
  const byId = new Map<string, string>();
  const byAmount = new Map<number, string>();
  for (const { operation, isKeyed, amount, result } of calls) {
    if (result.kind === 'done') byId.set(result.operationId, operation);
    if (!isKeyed && amount !== 0) byAmount.set(amount, operation);
  }
  return rows.map((row) => {
    const amount = Number(row.amount);
    const found = row.idempotency_key ?? byId.get(row.operation_id) ?? byAmount.get(amount);
    return {
      version: Number(row.version),
      amount,
      balance: Number(row.balance),
      operationId: row.operation_id,
      // What the service wrote and nobody asked for gets a name that no call has: the checker calls it a phantom.
      operation: row.source === 'sql' ? null : (found ?? `nobody's ${row.operation_id}`),
      requested: row.requested === null ? null : Number(row.requested),
    };
  });
}

export function groupBy<T, K>(list: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of list) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
