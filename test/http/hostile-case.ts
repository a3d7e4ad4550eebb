import { message } from './raw-connection.ts';

/** What is sent, in bytes, and how it must be answered. */
export interface HostileCase {
  readonly what: string;
  readonly bytes: Buffer;
  readonly status: number;
  readonly code: string;
}

export const CHANGE = '/api/users/update-balance';
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

/** The endpoints that take a body, each with one that would be accepted. */
export const bodyEndpoints = [
  { method: 'POST', path: CHANGE, accepted: valid },
  { method: 'PATCH', path: '/api/users/7/balance', accepted: '{"amount":-2}' },
  { method: 'POST', path: '/api/users', accepted: '{"balance":5}' },
] as const;

/** Printable, for the name of a test. */
export const shown = (text: string) => JSON.stringify(text.slice(0, 30));
