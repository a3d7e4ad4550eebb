import request, { type Response } from 'supertest';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOP_GRACE_MS, type Operation, type UserId } from '../../src/domain/operation.ts';
import { failed, type Outcome, rejected } from '../../src/domain/outcome.ts';
import { createApp } from '../../src/http/app.ts';
import { systemClock } from '../../src/time/clock.ts';
import { FakeService, type Running, waysIn } from './fake-service.ts';
import { balanceRead, changed, created, entriesRead, fittingOutcome, refused, SOME_ID } from './outcomes.ts';
import { exchange, message } from './raw-connection.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const CHANGE = '/api/users/update-balance';

/** What every answer has in common. */
function expectPlain(response: Response): void {
  expect(response.headers['cache-control']).toBe('no-store');
  expect(response.headers['content-length']).toBe(String(Buffer.byteLength(response.text)));
  expect(response.headers).not.toHaveProperty('x-powered-by');
  expect(response.headers).not.toHaveProperty('etag');
}

test('createApp serves without listening anywhere', async () => {
  const service = new FakeService();
  await request(createApp(service.dependencies())).get('/livez').expect(200, { status: 'ok' });
});

describe.each(waysIn)('through $way', ({ start }) => {
  let service: FakeService;
  let running: Running;

  beforeEach(async () => {
    service = new FakeService();
    running = await start(service.dependencies());
  });

  afterEach(() => running.close());

  const post = (body: object, headers: Record<string, string> = {}) =>
    request(running.target).post(CHANGE).set(headers).send(body);

  test('a change reaches the operations and its answer names all that came of it', async () => {
    service.answer = () => changed();
    const sentAt = systemClock.now();
    const response = await post({ userId: 7, amount: -2 });
    expect(response.status).toBe(200);
    expect(response.headers['content-type']).toBe('application/json');
    expect(response.text).toBe(`{"userId":7,"amount":-2,"balance":98,"version":3,"operationId":"${SOME_ID}"}`);
    expect(response.headers).not.toHaveProperty('idempotency-replayed');
    expectPlain(response);
    const [operation, ...more] = service.operations as [Operation & { kind: 'change' }];
    expect(more).toEqual([]);
    const { id, deadlineMs, ...rest } = operation;
    expect(rest).toEqual({ kind: 'change', userId: 7, amount: -2, idempotencyKey: null, isRetry: false });
    expect(id).toMatch(UUID_V7);
    expect(deadlineMs).toBeGreaterThanOrEqual(sentAt + 5000 - HOP_GRACE_MS);
    expect(deadlineMs).toBeLessThanOrEqual(systemClock.now() + 5000 - HOP_GRACE_MS);
  });

  test('PATCH is the same operation', async () => {
    service.answer = () => changed();
    const response = await request(running.target).patch('/api/users/7/balance').send({ amount: -2 });
    expect(response.status).toBe(200);
    expect(response.text).toBe((await post({ userId: 7, amount: -2 })).text);
    const [byPath, byBody] = service.operations.map((operation) => ({ ...operation, id: '', deadlineMs: 0 }));
    expect(byPath).toEqual(byBody);
  });

  test('every operation gets an id of its own, ascending', async () => {
    service.answer = () => changed();
    for (let i = 0; i < 5; i += 1) await post({ userId: 7, amount: -2 });
    const ids = service.operations.map((operation) => (operation as { id: string }).id);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids).toHaveLength(5);
  });

  test('a key arrives without its quotes', async () => {
    service.answer = () => changed();
    await post({ userId: 7, amount: -2 }, { 'Idempotency-Key': 'order 1' });
    await post({ userId: 7, amount: -2 }, { 'Idempotency-Key': '"order 1"' });
    expect(service.operations).toMatchObject([{ idempotencyKey: 'order 1' }, { idempotencyKey: 'order 1' }]);
  });

  test.each([
    'application/json; charset=utf-8',
    'Application/JSON;charset=UTF-8',
    'application/json ; charset="utf-8"',
  ])('a body of type %s is taken', async (type) => {
    service.answer = () => changed();
    await post({ userId: 7, amount: -2 }, { 'Content-Type': type }).expect(200);
  });

  test('a body of exactly 16 KiB is taken', async () => {
    service.answer = () => changed();
    const body = '{"userId":7,"amount":-2}'.padEnd(16 * 1024);
    expect((await exchange(running.port, message('POST', CHANGE, { body }))).status).toBe(200);
  });

  test('a body in chunks, split anywhere, is one body', async () => {
    service.answer = () => changed();
    const head = `POST ${CHANGE} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const body = '9\r\n{"userId"\r\n3\r\n:7,\r\nc\r\n"amount":-2}\r\n0\r\n\r\n';
    expect((await exchange(running.port, head + body)).status).toBe(200);
  });

  test('an absolute request target is taken for its path', async () => {
    service.answer = () => balanceRead;
    const answer = await exchange(running.port, message('GET', 'http://service/api/users/7/balance'));
    expect(answer.status).toBe(200);
  });

  test('a balance is read', async () => {
    service.answer = () => balanceRead;
    const response = await request(running.target).get('/api/users/9007199254740991/balance');
    expect(response.status).toBe(200);
    expect(response.text).toBe('{"userId":7,"balance":98,"version":3}');
    expectPlain(response);
    expect(service.operations).toEqual([
      { kind: 'balance', userId: Number.MAX_SAFE_INTEGER, deadlineMs: expect.any(Number) },
    ]);
  });

  test.each(['/api/users/7/balance', '/api/users/7/entries', '/livez', '/readyz'])(
    'HEAD %s answers as GET does, without the body',
    async (path) => {
      service.answer = fittingOutcome;
      const get = await exchange(running.port, message('GET', path));
      const head = await exchange(running.port, message('HEAD', path), true);
      expect(get.status).toBe(200);
      expect(head.text).toBe(get.text.slice(0, get.text.length - get.body.length));
    },
  );

  test('entries are listed as the ledger has them', async () => {
    service.answer = () => entriesRead;
    const response = await request(running.target).get('/api/users/7/entries?refused=true&limit=1000&before=6');
    expect(response.status).toBe(200);
    const { entries, nextBefore } = entriesRead;
    expect(response.text).toBe(JSON.stringify({ entries, nextBefore }));
    expectPlain(response);
    expect(service.operations).toMatchObject([
      { kind: 'entries', userId: 7, limit: 1000, before: 6, withRefused: true },
    ]);
  });

  test.each(['/api/users/7/entries', '/api/users/7/entries?refused=false'])('%s asks for the default', async (path) => {
    service.answer = () => ({ kind: 'entries', entries: [], nextBefore: null });
    await request(running.target).get(path).expect(200, { entries: [], nextBefore: null });
    expect(service.operations).toMatchObject([{ limit: 100, before: null, withRefused: false }]);
  });

  test('a user is created under the id and balance asked for', async () => {
    service.answer = () => created(7);
    const response = await request(running.target).post('/api/users').send({ userId: 7, balance: 50 });
    expect(response.status).toBe(201);
    expect(response.text).toBe('{"userId":7,"balance":50,"version":1}');
    expect(response.headers.location).toBe('/api/users/7/balance');
    expectPlain(response);
    expect(service.operations).toMatchObject([
      {
        kind: 'create',
        userId: 7,
        balance: 50,
        idempotencyKey: null,
        isRetry: false,
        id: expect.stringMatching(UUID_V7),
      },
    ]);
  });

  test('a user without a wish gets the next id and nothing', async () => {
    service.allocate = async () => 12 as UserId;
    service.answer = () => created(12);
    await request(running.target).post('/api/users').send({}).expect(201);
    expect(service.operations).toMatchObject([{ userId: 12, balance: 0 }]);
  });

  test('an allocated id that is taken gives way to the next', async () => {
    let next = 0;
    service.allocate = async () => ++next as UserId;
    service.answer = ({ userId }) => (userId < 16 ? rejected('user_exists') : created(userId));
    const response = await request(running.target).post('/api/users').send({});
    expect(response.headers.location).toBe('/api/users/16/balance');
    const ids = service.operations.map((operation) => (operation as { id: string }).id);
    expect(new Set(ids).size).toBe(16);
  });

  test('after sixteen taken ids the service gives up for now', async () => {
    let next = 0;
    service.allocate = async () => ++next as UserId;
    service.answer = () => rejected('user_exists');
    const response = await request(running.target).post('/api/users').send({});
    expect(response.status).toBe(503);
    expect(response.body.code).toBe('overloaded');
    expect(next).toBe(16);
  });

  test('a creation that gets no id in time is not ready', async () => {
    service.allocate = async () => null;
    const response = await request(running.target).post('/api/users').send({ balance: 50 });
    expect(response.status).toBe(503);
    expect(response.body.code).toBe('not_ready');
    expect(service.operations).toEqual([]);
  });

  test('readiness is answered as it is', async () => {
    await request(running.target).get('/readyz').expect(200, { status: 'ready' });
    service.isReady = false;
    const response = await request(running.target).get('/readyz');
    expect(response.status).toBe(503);
    expect(response.headers['retry-after']).toBe('1');
    expect(response.body.code).toBe('not_ready');
    await request(running.target).get('/livez').expect(200, { status: 'ok' });
  });

  const short = { code: 'insufficient_funds', balance: 1, version: 4 };
  const full = { code: 'balance_limit_exceeded', balance: 1, version: 4 };
  const outcomes: [string, Outcome, number, object, Record<string, string | undefined>][] = [
    ['a replayed change', changed({ replayed: true }), 200, { balance: 98 }, { 'idempotency-replayed': 'true' }],
    ['a refused withdrawal', refused('insufficient_funds', -2), 409, short, { 'idempotency-replayed': undefined }],
    ['a replayed refusal', refused('insufficient_funds', -2, true), 409, short, { 'idempotency-replayed': 'true' }],
    ['a refused deposit', refused('balance_limit_exceeded', 2), 409, full, { 'retry-after': undefined }],
    ['a replayed creation', created(7, true), 201, { userId: 7 }, { 'idempotency-replayed': 'true' }],
    ['an unknown user', rejected('user_not_found'), 404, { code: 'user_not_found' }, {}],
    ['a known user', rejected('user_exists'), 409, { code: 'user_exists' }, {}],
    ['a reused key', rejected('idempotency_key_reused'), 422, { code: 'idempotency_key_reused' }, {}],
    ['an overload', failed('overloaded'), 503, { code: 'overloaded' }, { 'retry-after': '1' }],
    ['a lost database', failed('not_ready'), 503, { code: 'not_ready' }, { 'retry-after': '1' }],
    ['a defect', failed('internal'), 500, { code: 'internal' }, { 'retry-after': undefined }],
    ['an unknown outcome', failed('outcome_unknown'), 504, { code: 'outcome_unknown' }, { 'retry-after': undefined }],
  ];
  test.each(outcomes)('%s has its one answer', async (_what, outcome, status, body, headers) => {
    service.answer = () => outcome;
    const response = await post({ userId: 7, amount: -2 }, { 'Idempotency-Key': 'k' });
    expect(response.status).toBe(status);
    expect(response.body).toMatchObject(body);
    for (const [name, value] of Object.entries(headers)) expect(response.headers[name]).toBe(value);
    expectPlain(response);
  });

  test('a refusal is a problem with the balance and version it rests on, in one fixed text', async () => {
    service.answer = () => refused('insufficient_funds', -2);
    const response = await post({ userId: 7, amount: -2 });
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.text).toBe(
      '{"type":"urn:highload-user-balance:problem:insufficient_funds",' +
        '"title":"The balance does not cover this withdrawal","status":409,' +
        '"detail":"A balance of 1 does not cover a withdrawal of 2.",' +
        '"code":"insufficient_funds","balance":1,"version":4}',
    );
  });

  test('a handler that throws is answered 500, and the log has the error but not the body', async () => {
    service.answer = () => {
      throw new TypeError('a planted defect');
    };
    const response = await post({ userId: 7, amount: -271828 });
    expect(response.status).toBe(500);
    expect(response.body.code).toBe('internal');
    expect(service.logged).toMatchObject([[{ err: { message: 'a planted defect' } }, expect.any(String)]]);
    expect(JSON.stringify(service.logged)).not.toContain('271828');
  });

  test('a defect in reading a request is answered 500 too', async () => {
    await running.close();
    const clock = {
      ...systemClock,
      wallNow: () => {
        throw new Error('a planted defect');
      },
    };
    running = await start(service.dependencies({ clock }));
    const response = await post({ userId: 7, amount: -2 });
    expect(response.status).toBe(500);
    expect(response.body.code).toBe('internal');
    expect(service.operations).toEqual([]);
  });
});
