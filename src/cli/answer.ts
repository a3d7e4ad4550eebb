/** What a command has to say, and the exit code that says it too. */
export interface Answer {
  readonly exitCode: number;
  /** For a person, on standard output; lines that end with a newline. */
  readonly text?: string;
  /** For a person, on standard error. */
  readonly complaint?: string;
  /** Instead of both with `--json`: on standard output, one object on one line. Absent: the command has no data. */
  readonly json?: object;
}

/** A command could not do its work. The message says what to do and fits the terminal. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(exitCode: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}
