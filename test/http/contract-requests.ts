import { BATCH, batchOf, CHANGE, valid } from './hostile-case.ts';
import { message } from './raw-connection.ts';

/** One sound request of an operation. */
export interface SoundRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

const changeByBody: SoundRequest = { method: 'POST', path: CHANGE, body: valid };
const changeByPath: SoundRequest = { method: 'PATCH', path: '/api/users/7/balance', body: '{"amount":-2}' };
const readBalance: SoundRequest = { method: 'GET', path: '/api/users/7/balance' };
const listEntries: SoundRequest = { method: 'GET', path: '/api/users/7/entries' };

export const changeMany: SoundRequest = { method: 'POST', path: BATCH, body: batchOf(`${valid},${valid}`) };
export const createUser: SoundRequest = { method: 'POST', path: '/api/users', body: '{"userId":7}' };
export const changes = [changeByBody, changeByPath];
export const reads = [readBalance, listEntries];
export const health: readonly SoundRequest[] = ['/livez', '/readyz'].map((path) => ({ method: 'GET', path }));
export const about: readonly SoundRequest[] = ['/openapi.json', '/docs'].map((path) => ({ method: 'GET', path }));

export const guarded: readonly SoundRequest[] = [...changes, changeMany, createUser, ...reads];
export const all: readonly SoundRequest[] = [...guarded, ...health, ...about];

/** In bytes, with further header lines. */
export const bytesOf = ({ method, path, body }: SoundRequest, headers: readonly string[] = []): Buffer =>
  message(method, path, { headers, ...(body === undefined ? {} : { body }) });
