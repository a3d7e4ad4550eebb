/**
 * What kept the embedded PostgreSQL from running. The message of each says what to do about it.
 * - `unsupported_platform`, `package_missing`, `binaries_unusable`: no binaries that run here.
 * - `os_user_missing`: PostgreSQL refuses root, and no OS user was found that could run it.
 * - `data_dir_unusable`, `data_missing`, `data_not_owned`, `data_version`: the folder, or what lies in it, does not fit.
 * - `password_missing`, `password_rejected`: the password file is gone or belongs to other data.
 * - `lock_failed`: the folder cannot be locked against a second launcher.
 * - `initdb_failed`, `start_failed`, `stop_failed`: PostgreSQL itself failed; the message ends with its own words.
 */
export type EmbeddedPostgresErrorCode =
  | 'unsupported_platform'
  | 'package_missing'
  | 'binaries_unusable'
  | 'os_user_missing'
  | 'data_dir_unusable'
  | 'data_missing'
  | 'data_not_owned'
  | 'data_version'
  | 'password_missing'
  | 'password_rejected'
  | 'lock_failed'
  | 'initdb_failed'
  | 'start_failed'
  | 'stop_failed';

/** The embedded PostgreSQL cannot be used. Told apart by `code`; the message fits the terminal. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
  readonly code: EmbeddedPostgresErrorCode;

  constructor(code: EmbeddedPostgresErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** The errno name of a failed system call (`ENOENT`), or undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
