/**
 * Every exit code of the command line but those of signals: 128 and the number of the signal. docs/command-line.md lists
 * them.
 */
export const EXIT = {
  done: 0,
  /** It failed. Of `verify`: there is a finding. */
  failed: 1,
  /** The arguments or the settings are wrong; nothing was done. */
  usage: 2,
  /** The database or the service could not be reached, or the output not be written. */
  unreachable: 3,
  /** The service has refused it for good: no money, no such user, a user that exists, a used key. Nothing was changed. */
  refused: 4,
  /** It may have been applied. */
  unknown: 5,
  /** Nobody read the output. As a shell calls the end by SIGPIPE. */
  outputClosed: 141,
} as const;

/** After a signal that a command has heard. */
export const EXIT_BY_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const;

export type EndSignal = keyof typeof EXIT_BY_SIGNAL;
