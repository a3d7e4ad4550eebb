import { type DestinationStream, type Logger, pino, stdSerializers, stdTimeFunctions } from 'pino';

export type { Logger } from 'pino';

const STANDARD_ERROR = 2;
const REDACTED = '[redacted]';

/**
 * Fields that must not be in a line, wherever a caller of the logger puts them: a second fence, since no line of ours has
 * one. Names are looked for at the top and up to two levels below.
 */
const SECRETS = [
  'authorization',
  'cookie',
  'credentials',
  'databaseUrl',
  'idempotencyKey',
  '["idempotency-key"]',
  'key',
  'password',
  'secret',
  'sha256',
  'token',
];
const dotted = (name: string) => (name.startsWith('[') ? name : `.${name}`);
const redact = {
  paths: SECRETS.flatMap((name) => [name, `*${dotted(name)}`, `*.*${dotted(name)}`]),
  censor: REDACTED,
};

/** Drizzle's errors repeat their statement with all its parameters, idempotency keys among them; their cause tells why. */
function serializeError(error: Error): object {
  const cause = error.cause instanceof Error && 'params' in error ? error.cause : error;
  return stdSerializers.err(cause);
}

// A person reads a terminal, and nothing but that should load what makes lines pretty.
const prettyStream = process.stderr.isTTY ? await openPrettyStream() : null;

async function openPrettyStream(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({
    destination: STANDARD_ERROR,
    sync: true,
    singleLine: true,
    ignore: 'pid',
    translateTime: 'SYS:HH:MM:ss.l',
  });
}

/**
 * JSON lines on standard error, so that standard output stays for what a person or a script reads; on a terminal, lines
 * for a person. Written at once: what a process says before it dies is not lost.
 */
export function createLogger(
  level: string,
  fields: Record<string, unknown> = {},
  destination: DestinationStream = prettyStream ?? pino.destination({ dest: STANDARD_ERROR, sync: true }),
): Logger {
  const base = { pid: process.pid, ...fields };
  return pino(
    { level, base, redact, timestamp: stdTimeFunctions.isoTime, serializers: { err: serializeError } },
    destination,
  );
}
