import type { IncomingMessage } from 'node:http';

/** Bytes that a header field, a log line and a URL can all carry. */
const soundId = /^[A-Za-z0-9._~:/+=@-]{1,128}$/;
/** W3C Trace Context (3.2): version, trace id, parent id, flags. A later version may add fields behind a dash. */
const soundTraceparent = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;

/** Where the caller's part of a trace stands. */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly flags: number;
}

/** Null when there is none, or one that the specification tells to ignore. */
export function parseTraceparent(field: string | undefined): TraceParent | null {
  if (field === undefined) return null;
  const [, version, traceId = '', spanId = '', flags = '', more] = soundTraceparent.exec(field) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (ZEROS.test(traceId) || ZEROS.test(spanId)) return null;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}

/**
 * The name that the caller gave the request: its X-Request-Id, or else the trace id of its traceparent. Null when it gave
 * none, or one that cannot be repeated safely.
 */
export function requestIdOf({ headers }: IncomingMessage): string | null {
  const given = headers['x-request-id'];
  // Node joins repeated fields of this name by a comma, which no sound one has.
  if (given !== undefined && soundId.test(given as string)) return given as string;
  const { traceparent } = headers;
  return traceparent === undefined ? null : (parseTraceparent(traceparent as string)?.traceId ?? null);
}
