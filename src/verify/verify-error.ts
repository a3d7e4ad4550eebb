import { databaseErrorIn } from '../store/store-error.ts';

/** The check could not be carried out; nothing is said about the ledger. The message fits the terminal. */
export class VerifyError extends Error {
  override readonly name = 'VerifyError';

  constructor(reason: string, cause?: unknown) {
    super(`Could not check: ${reason}`, cause === undefined ? undefined : { cause });
  }
}

// https://www.postgresql.org/docs/18/errcodes-appendix.html: connection, a transaction idle for too long, rollback (as
// of a standby that must apply what our snapshot still needs), resources, operator intervention, system error
const TEMPORARY_CLASSES = new Set(['08', '25', '40', '53', '57', '58']);

/** True when the same statement may succeed on a new connection: that one was lost, or the server asks to wait. */
export function isTemporary(error: unknown): boolean {
  const found = databaseErrorIn(error);
  return found === null ? isConnectionError(error) : TEMPORARY_CLASSES.has((found.code ?? '').slice(0, 2));
}

// `pg` tells a lost connection by a system code, or by an error of its own that has none.
function isConnectionError(error: unknown): boolean {
  return error instanceof Error && !(error instanceof TypeError || error instanceof RangeError);
}
