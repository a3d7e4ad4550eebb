import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OpenApiDocument } from '../../src/http/openapi/document-types.ts';
import { aKey } from '../access/keys.ts';
import { useDatabase } from '../support/database.ts';
import { Service } from '../support/service.ts';
import { askedBy, Contract } from './contract.ts';
import { BATCH, batchOf, CHANGE } from './hostile-case.ts';
import { exchange, message, type RawAnswer } from './raw-connection.ts';

const database = useDatabase();
const all = aKey({ id: 'all', caller: 'shop', scopes: ['balance:read', 'balance:write', 'users:create'] });
const reader = aKey({ id: 'reader', caller: 'report', scopes: ['balance:read'] });
let service: Service;
let port: number;
let contract: Contract;

beforeAll(async () => {
  const environment = {
    API_KEYS: JSON.stringify([all.record, reader.record]),
    RATE_LIMIT: '1000',
    RATE_LIMIT_WINDOW_S: '60',
  };
  service = await new Service({ databaseUrl: database.url, workers: 2, environment }).whenReady();
  port = Number(new URL(service.url).port);
  const { body } = await exchange(port, message('GET', '/openapi.json'));
  contract = new Contract(JSON.parse(body) as OpenApiDocument);
});
afterAll(() => service.end());

async function holds(bytes: Buffer): Promise<RawAnswer> {
  const answer = await exchange(port, bytes);
  expect(contract.judge(askedBy(bytes), answer)).toEqual([]);
  return answer;
}

/** Sends as a caller who may do everything, or as `key`; answers with the status. */
async function send(method: string, path: string, body?: string, fields: readonly string[] = [], key = all.key) {
  const headers = [`Authorization: Bearer ${key}`, ...fields];
  const { status } = await holds(message(method, path, body === undefined ? { headers } : { headers, body }));
  return status;
}

const keyed = (key: string) => [`Idempotency-Key: ${key}`];
const BALANCE = '/api/users/7/balance';

test('the real service answers every operation as its own document says', async () => {
  for (let i = 0; i < 2; i += 1) {
    expect(await send('POST', '/api/users', '{"userId":7,"balance":100}', keyed('opening'))).toBe(201);
  }
  expect(await send('POST', '/api/users', '{"userId":7}')).toBe(409);
  expect(await send('POST', '/api/users', '{}')).toBe(201);
  for (let i = 0; i < 2; i += 1) {
    expect(await send('POST', CHANGE, '{"userId":7,"amount":-2}', keyed('order-1842'))).toBe(200);
    expect(await send('PATCH', BALANCE, '{"amount":-999}', keyed('refused'))).toBe(409);
  }
  expect(await send('PATCH', BALANCE, '{"amount":-3}', keyed('order-1842'))).toBe(422);
  expect(await send('PATCH', BALANCE, `{"amount":${Number.MAX_SAFE_INTEGER}}`)).toBe(409);
  expect(await send('POST', CHANGE, '{"userId":999,"amount":1}')).toBe(404);
  const items = [
    '{"userId":7,"amount":1}',
    '{"userId":999,"amount":1}',
    '{"userId":7,"amount":-999,"idempotencyKey":"refused"}',
    '{"userId":7,"amount":1,"idempotencyKey":"refused"}',
  ];
  expect(await send('POST', BATCH, batchOf(items.join(',')))).toBe(200);
});

test('the real service is read as its own document says, changes by plain SQL included', async () => {
  await database.query('update users set balance = balance + 5 where id = 7');
  expect(await send('GET', BALANCE)).toBe(200);
  expect(await send('GET', '/api/users/999/balance')).toBe(404);
  expect(await send('GET', '/api/users/7/entries?refused=true')).toBe(200);
  expect(await send('GET', '/api/users/7/entries?limit=1')).toBe(200);
  for (const path of ['/livez', '/readyz', '/openapi.json', '/docs']) expect(await send('GET', path)).toBe(200);
});

test('the real service refuses as its own document says', async () => {
  const change = '{"userId":7,"amount":-2}';
  expect(await send('POST', CHANGE, change, [], reader.key)).toBe(403);
  expect(await send('POST', CHANGE, change, [], 'nonsense')).toBe(401);
  expect(await send('POST', CHANGE, change.replace('-2', '-2.0'))).toBe(400);
  expect(await send('DELETE', BALANCE)).toBe(405);
  expect(await send('GET', '/nowhere')).toBe(404);
});

test('a caller beyond the limit is told so as the document says', async () => {
  const many = batchOf(Array(600).fill('{"userId":7,"amount":1}').join(','));
  expect(await send('POST', BATCH, many)).toBe(200);
  expect(await send('POST', BATCH, many)).toBe(429);
});
