import type { RecordedEntry } from '../domain/decide.ts';
import type { Change, Creation, OperationId, UserId } from '../domain/operation.ts';
import { enteredAtMs } from '../domain/operation-time.ts';
import type { LedgerWriter } from '../store/ledger.ts';

/** How far the clock of the database may be behind ours, and how long a transaction may last before it writes. */
const CLOCK_MARGIN_MS = 5000;

/**
 * The entries of operations that may have been applied by an earlier sending, by operation id. To be asked with nothing
 * of the user in flight, and decided on before anything is: an entry that comes later would be missed.
 */
export async function findRetried(
  writer: Pick<LedgerWriter, 'findOperations' | 'confirmDurable'>,
  userId: UserId,
  operations: readonly (Change | Creation)[],
): Promise<ReadonlyMap<OperationId, RecordedEntry>> {
  const ids = operations.map((operation) => operation.id);
  const sinceMs = Math.min(...ids.map(enteredAtMs)) - CLOCK_MARGIN_MS;
  const found = await writer.findOperations(userId, ids, sinceMs);
  if (found.length > 0) await writer.confirmDurable();
  return new Map(found.map((entry) => [entry.operationId, entry]));
}
