import { DatabaseError } from 'pg';

/**
 * What a failed statement means for the change it carried.
 * - `locked`: not applied; somebody else holds a row of it.
 * - `rejected`: not applied; PostgreSQL refuses the data, and would again.
 * - `not_applied`: not applied; may succeed later.
 * - `unknown`: it may have been committed.
 */
export type StoreFailure = 'locked' | 'rejected' | 'not_applied' | 'unknown';

/** A failed statement. The message carries no parameter; `sqlState` is PostgreSQL's code, when it sent one. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly failure: StoreFailure;
  readonly sqlState: string | undefined;

  constructor(failure: StoreFailure, message: string, sqlState?: string) {
    super(message);
    this.failure = failure;
    this.sqlState = sqlState;
  }
}

// https://www.postgresql.org/docs/18/errcodes-appendix.html
const failureByState: Readonly<Record<string, StoreFailure>> = { '55P03': 'locked', '40P01': 'locked' };
const failureByClass: Readonly<Record<string, StoreFailure>> = { '22': 'rejected', '23': 'rejected', '08': 'unknown' };

/** Tells by SQLSTATE and severity, never by text. Drizzle keeps PostgreSQL's error in `cause`. */
export function toStoreError(thrown: unknown): StoreError {
  if (thrown instanceof StoreError) return thrown;
  const error = databaseErrorIn(thrown);
  if (error === null) return new StoreError('unknown', `the connection failed: ${innermostMessage(thrown)}`);
  const state = error.code ?? '';
  // An ERROR rolls its statement back and leaves the session alive. FATAL and PANIC end the session, and a commit may
  // have gone through before.
  const failure =
    error.severity === 'ERROR'
      ? (failureByState[state] ?? failureByClass[state.slice(0, 2)] ?? 'not_applied')
      : 'unknown';
  return new StoreError(failure, `${error.message} (${state})`, state);
}

/** The error of PostgreSQL that was thrown, or that caused what was; null when it was none. */
export function databaseErrorIn(thrown: unknown): DatabaseError | null {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof DatabaseError) return error;
  }
  return null;
}

/** The outer messages of Drizzle repeat the statement with all its parameters. */
function innermostMessage(thrown: unknown): string {
  let error = thrown;
  while (error instanceof Error && error.cause instanceof Error) error = error.cause;
  return error instanceof Error ? error.message : String(error);
}
