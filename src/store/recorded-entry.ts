import { sql } from 'drizzle-orm';
import type { RecordedEntry } from '../domain/decide.ts';
import type { Amount, Balance, OperationId, Version } from '../domain/operation.ts';
import type { ListedEntry, RefusalCode } from '../domain/outcome.ts';
import { entries } from './schema.ts';

type EntryRow = typeof entries.$inferSelect;

/** The columns of an entry without its user. */
export const recordedColumns = {
  version: entries.version,
  amount: entries.amount,
  balance: entries.balance,
  operationId: entries.operationId,
  idempotencyKey: entries.idempotencyKey,
  requested: entries.requested,
  code: entries.code,
  source: entries.source,
};

/** The columns of an entry as it is listed. */
export const listedColumns = {
  version: entries.version,
  amount: entries.amount,
  balance: entries.balance,
  operationId: entries.operationId,
  requested: entries.requested,
  code: entries.code,
  createdAt: sql<string>`to_char(${entries.createdAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
};

export type RecordedRow = Pick<EntryRow, keyof typeof recordedColumns>;

export function toRecordedEntry(row: RecordedRow): RecordedEntry {
  return {
    version: row.version as Version,
    amount: row.amount,
    balance: row.balance as Balance,
    operationId: row.operationId as OperationId,
    idempotencyKey: row.idempotencyKey,
    refusal: refusalOf(row),
    source: row.source,
  };
}

export function toListedEntry(
  row: Pick<EntryRow, 'version' | 'amount' | 'balance' | 'operationId' | 'requested' | 'code'> & { createdAt: string },
): ListedEntry {
  const refusal = refusalOf(row);
  return {
    version: row.version as Version,
    amount: row.amount,
    balance: row.balance as Balance,
    operationId: row.operationId as OperationId,
    createdAt: row.createdAt,
    ...(refusal === null ? {} : { refused: refusal }),
  };
}

function refusalOf(row: Pick<EntryRow, 'requested' | 'code'>): RecordedEntry['refusal'] {
  if (row.code === null || row.requested === null) return null;
  return { code: row.code as RefusalCode, requested: row.requested as Amount };
}
