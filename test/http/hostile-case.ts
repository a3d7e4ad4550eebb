import { message } from './raw-connection.ts';

/** What is sent, in bytes, and how it must be answered. */
export interface HostileCase {
  readonly what: string;
  readonly bytes: Buffer;
  readonly status: number;
  readonly code: string;
}

export const CHANGE = '/api/users/update-balance';
export const BATCH = '/api/users/update-balances';
/** A change that would be applied, if it came in a sound message. */
export const valid = '{"userId":7,"amount":-2}';

export const hostile = (what: string, bytes: Buffer | string, status = 400, code = 'invalid_request'): HostileCase => ({
  what,
  bytes: typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes,
  status,
  code,
});

export const post = (body: string | Buffer, headers: readonly string[] = []) =>
  message('POST', CHANGE, { body, headers });

export const get = (target: string, headers: readonly string[] = []) => message('GET', target, { headers });

/** A batch of one change. */
export const batchOf = (item: string) => `{"operations":[${item}]}`;

const beyondSmall = [16 * 1024 + 1, 100_000, 1_000_000];

/** The endpoints that take a body, each with one that would be accepted, and with sizes that are too large. */
export const bodyEndpoints = [
  { method: 'POST', path: CHANGE, accepted: valid, tooLarge: beyondSmall },
  { method: 'PATCH', path: '/api/users/7/balance', accepted: '{"amount":-2}', tooLarge: beyondSmall },
  { method: 'POST', path: '/api/users', accepted: '{"balance":5}', tooLarge: beyondSmall },
  { method: 'POST', path: BATCH, accepted: batchOf(valid), tooLarge: [4 * 1024 * 1024 + 1] },
] as const;

/** Printable, for the name of a test. */
export const shown = (text: string) => JSON.stringify(text.slice(0, 30));
