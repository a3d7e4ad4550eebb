import { type Logger, pino, stdTimeFunctions } from 'pino';

export type { Logger } from 'pino';

/** JSON lines on standard error, so that standard output stays for what a person or a script reads. */
export function createLogger(level: string, fields: Record<string, unknown> = {}): Logger {
  return pino(
    { level, base: { pid: process.pid, ...fields }, timestamp: stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
}
