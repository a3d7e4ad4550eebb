import { isObject, type Members } from './answer-members.ts';
import type { ClientClock } from './client-clock.ts';
import { readRetryAfterMs } from './retry-after.ts';

/** The largest answer there is has 10,000 items of at most 400 bytes; what is longer is not the service's. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
const JSON_TYPE = /^application\/(?:problem\+)?json(?:[ \t]*;|$)/i;

/** An HTTP answer, with nothing known of it but that it is whole. */
export interface Answer {
  readonly status: number;
  /** The members of its JSON object; null when the body is anything else. */
  readonly members: Members | null;
  /** Null without a Retry-After that can be read. */
  readonly retryAfterMs: number | null;
  readonly replayed: boolean;
}

/** Rejects when the connection is lost before the end. */
export async function readAnswer(response: Response, clock: Pick<ClientClock, 'wallNow'>): Promise<Answer> {
  const { status, headers } = response;
  return {
    status,
    members: parseObject(await readText(response)),
    retryAfterMs: readRetryAfterMs(headers.get('retry-after'), clock),
    replayed: headers.get('idempotency-replayed') === 'true',
  };
}

/** The text of a JSON body; null when it is of another type, too long, or not UTF-8. */
async function readText(response: Response): Promise<string | null> {
  const { body, headers } = response;
  if (body === null) return null;
  if (!JSON_TYPE.test(headers.get('content-type') ?? '')) {
    await body.cancel();
    return null;
  }
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const reader = body.getReader();
  let text: string | null = '';
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return decodeOr(null, () => text + decoder.decode());
    bytes += value.byteLength;
    text = bytes > ANSWER_BYTES_MAX ? null : decodeOr(null, () => text + decoder.decode(value, { stream: true }));
    if (text !== null) continue;
    await reader.cancel();
    return null;
  }
}

function decodeOr(otherwise: null, decode: () => string): string | null {
  try {
    return decode();
  } catch {
    return otherwise;
  }
}

function parseObject(text: string | null): Members | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
