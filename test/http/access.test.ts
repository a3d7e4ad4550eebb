import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import request, { type Test } from 'supertest';
import { afterEach, describe, expect, test } from 'vitest';
import { AccessGate, type AccessGateOptions } from '../../src/access/gate.ts';
import { openRateCounter } from '../../src/access/rate-counter.ts';
import { RateLimit } from '../../src/access/rate-limit.ts';
import type { Operation } from '../../src/domain/operation.ts';
import { systemClock } from '../../src/time/clock.ts';
import { aKey } from '../access/keys.ts';
import { FakeService, type Running, waysIn } from './fake-service.ts';
import { BATCH } from './hostile-case.ts';
import { changed, fittingOutcome } from './outcomes.ts';
import { message, RawConnection } from './raw-connection.ts';

const CHANGE = '/api/users/update-balance';
const CHANGE_BODY = '{"userId":7,"amount":-2}';
const reader = aKey({ id: 'reader', caller: 'report', scopes: ['balance:read'] });
const shop = aKey({ id: 'shop-1', caller: 'shop' });
const shopNext = aKey({ id: 'shop-2', caller: 'shop' });
const bank = aKey({ id: 'bank', caller: 'bank', scopes: ['balance:write', 'users:create'] });
const expired = aKey({ id: 'old', expiresAt: '2020-01-01T00:00:00Z' });
const apiKeys = [reader, shop, shopNext, bank, expired].map(({ record }) => record);

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const issuer = {
  issuer: 'https://issuer.test',
  audience: 'balances',
  algorithms: ['EdDSA'],
  keys: { kind: 'pem', pem: publicKey.export({ type: 'spki', format: 'pem' }) as string },
} as const;
const tokenOf = (claims: Record<string, unknown>) =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: 'EdDSA' })
    .setIssuer(issuer.issuer)
    .setAudience(issuer.audience)
    .setExpirationTime('5m')
    .sign(privateKey);

describe.each(waysIn)('through $way', ({ way, start }) => {
  let service: FakeService;
  let running: Running | null = null;

  async function open(options: Partial<AccessGateOptions> = {}, requests: number | null = null) {
    service = new FakeService();
    service.answer = fittingOutcome;
    const { log } = service.dependencies();
    const settings = { requests: requests ?? 1, windowS: 60 };
    const counter = openRateCounter(settings, 1);
    const rateLimit = requests === null ? null : new RateLimit({ settings, counter, clock: systemClock, log });
    const credentials = { apiKeys, issuer };
    const gate = new AccessGate({
      credentials,
      rateLimit,
      isLocalOnly: false,
      salt: 's',
      clock: systemClock,
      log,
      ...options,
    });
    running = await start(service.dependencies({ gate }));
    return { gate };
  }

  afterEach(async () => {
    await running?.close();
    running = null;
  });

  const to = () => request((running as Running).target);
  const bearer = (sent: Test, credentials: string) => sent.set('Authorization', `Bearer ${credentials}`);
  const change = (key: string, idempotencyKey?: string) => {
    const sent = bearer(to().post(CHANGE), key).send({ userId: 7, amount: -2 });
    return idempotencyKey === undefined ? sent : sent.set('Idempotency-Key', idempotencyKey);
  };
  const changeMany = (key: string, count: number) => {
    const item = { userId: 7, amount: -2, idempotencyKey: 'order 1' };
    return bearer(to().post(BATCH), key).send({ operations: Array(count).fill(item) });
  };
  const keysSeen = () =>
    service.operations.map((operation) => (operation as Operation & { kind: 'change' }).idempotencyKey);

  const guarded: readonly [string, string, string][] = [
    ['post', CHANGE, 'balance:write'],
    ['post', BATCH, 'balance:write'],
    ['patch', '/api/users/7/balance', 'balance:write'],
    ['get', '/api/users/7/balance', 'balance:read'],
    ['head', '/api/users/7/balance', 'balance:read'],
    ['get', '/api/users/7/entries', 'balance:read'],
    ['post', '/api/users', 'users:create'],
  ];

  test.each(guarded)('%s %s is for those only who have the scope %s', async (method, path, scope) => {
    await open();
    const send = () => to()[method as 'get'](path);
    const none = await send();
    expect(none.status).toBe(401);
    expect(none.headers['www-authenticate']).toBe('Bearer realm="highload-user-balance"');
    const all = ['balance:read', 'balance:write', 'users:create', 'metrics:read'];
    const others = all.filter((each) => each !== scope).join(' ');
    const lacking = await bearer(send(), await tokenOf({ sub: 'a', scope: others }));
    expect(lacking.status).toBe(403);
    expect(lacking.headers['www-authenticate']).toContain(`error="insufficient_scope", scope="${scope}"`);
    if (method !== 'head') {
      expect(none.body.code).toBe('unauthorized');
      expect(lacking.body).toMatchObject({ code: 'forbidden', detail: `This needs the scope ${scope}.` });
    }
    expect(service.operations).toEqual([]);
    // The body is not sent here, so whoever is let in hears of that.
    const admitted = await bearer(send(), await tokenOf({ sub: 'a', scope }));
    expect([200, 415]).toContain(admitted.status);
  });

  test('an API key opens what its scopes say, and nothing else', async () => {
    await open();
    expect((await bearer(to().get('/api/users/7/balance'), reader.key)).status).toBe(200);
    expect((await change(reader.key)).status).toBe(403);
    expect((await change(shop.key)).status).toBe(200);
    expect((await bearer(to().post('/api/users'), shop.key).send({ userId: 7 })).status).toBe(403);
    expect((await bearer(to().post('/api/users'), bank.key).send({ userId: 7 })).status).toBe(201);
  });

  test('the name of the scheme may be in any case', async () => {
    await open();
    expect((await to().get('/api/users/7/balance').set('Authorization', `bearer ${shop.key}`)).status).toBe(200);
  });

  test.each([
    ['an expired key', expired.key],
    ['a key of another secret', aKey({ id: 'shop-1' }).key],
    ['a key that nobody made', aKey({ id: 'nobody' }).key],
    ['nonsense', 'nonsense'],
  ])('%s is answered as invalid, whatever is wrong with it', async (_what, credentials) => {
    await open();
    const { status, headers, body } = await change(credentials);
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'unauthorized' });
    expect(headers['www-authenticate']).toBe('Bearer realm="highload-user-balance", error="invalid_token"');
    expect(service.operations).toEqual([]);
  });

  test.each([
    '',
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer ..',
    'Bearer a.b.c',
    `Bearer ${Buffer.from('{"alg":"EdDSA","crit":["x"]}').toString('base64url')}.e30.AAAA`,
    'Bearer hub_',
    `Bearer hub_constructor_${'A'.repeat(43)}`,
    `Bearer hub___proto___${'A'.repeat(43)}`,
    `Bearer ${'x'.repeat(12_000)}`,
    `Bearer ${shop.key}\xa0`,
    `Bearer \xff\xfe`,
    `Bearer ${shop.key},Bearer ${bank.key}`,
    shop.key,
    'Digest username="x"',
  ])('odd credentials (%#) open nothing and break nothing', async (authorization) => {
    await open();
    const connection = await RawConnection.open((running as Running).port);
    const headers = [`Authorization: ${authorization}`];
    connection.send(message('POST', CHANGE, { headers, body: '{"userId":7,"amount":-2}' }));
    const answer = await connection.answer();
    expect({ status: answer.status, code: JSON.parse(answer.body).code }).toEqual({
      status: 401,
      code: 'unauthorized',
    });
    expect(service.operations).toEqual([]);
    connection.destroy();
  });

  test('credentials that are given twice are refused', async () => {
    await open();
    const connection = await RawConnection.open((running as Running).port);
    const lines = [`Authorization: Bearer ${shop.key}`, `authorization: Bearer ${bank.key}`];
    connection.send(message('GET', '/api/users/7/balance', { headers: lines }));
    expect((await connection.answer()).status).toBe(400);
    connection.destroy();
  });

  test('whether the service lives and is ready, anybody may ask', async () => {
    await open({}, 1);
    for (let i = 0; i < 3; i += 1) {
      for (const path of ['/livez', '/readyz']) {
        const { status, headers } = await to().get(path);
        expect(status).toBe(200);
        expect(headers).not.toHaveProperty('ratelimit');
      }
    }
  });

  test('who is not let in is told before the body has come', async () => {
    await open();
    const connection = await RawConnection.open((running as Running).port);
    const head = [`POST ${CHANGE} HTTP/1.1`, 'Host: service', 'Content-Type: application/json', 'Content-Length: 24'];
    connection.send(`${head.join('\r\n')}\r\n\r\n`);
    expect((await connection.answer()).status).toBe(401);
    connection.destroy();
  });

  test('two callers use one key for one user without meeting, and a caller keeps its keys when its API key is replaced', async () => {
    await open();
    service.answer = () => changed();
    for (const { key } of [shop, bank, shopNext]) expect((await change(key, 'order 1')).status).toBe(200);
    await change(await tokenOf({ sub: 'a|b c', scope: 'balance:write' }), '"order 1"');
    expect(keysSeen()).toEqual(['shop\u001forder 1', 'bank\u001forder 1', 'shop\u001forder 1', 'a|b c\u001forder 1']);
  });

  test('the keys in a batch are those of its caller too', async () => {
    await open();
    expect((await changeMany(shop.key, 1)).status).toBe(200);
    expect((await changeMany(bank.key, 1)).status).toBe(200);
    expect(keysSeen()).toEqual(['shop\u001forder 1', 'bank\u001forder 1']);
  });

  test('a batch counts against the limit as many requests as it has items, and is refused as a whole', async () => {
    await open({}, 5);
    const answers = [await changeMany(shop.key, 3), await changeMany(shop.key, 3), await changeMany(shop.key, 1)];
    expect(answers.map(({ status }) => status)).toEqual([200, 429, 429]);
    expect(answers[0]?.headers.ratelimit).toBe('"caller";r=2;t=60');
    expect(answers[1]?.body).toMatchObject({ code: 'rate_limited', status: 429 });
    expect(answers[1]?.headers['retry-after']).toBe('60');
    expect(service.operations).toHaveLength(3);
    expect((await changeMany(bank.key, 5)).status).toBe(200);
    expect((await change(bank.key)).status).toBe(429);
  });

  test('a request without a key of its own has none', async () => {
    await open();
    await change(shop.key);
    expect(keysSeen()).toEqual([null]);
  });

  test('keys are withdrawn and added while the service runs', async () => {
    const { gate } = await open();
    expect((await change(shop.key)).status).toBe(200);
    gate.accept({ apiKeys: [shopNext.record], issuer: null });
    expect((await change(shop.key)).status).toBe(401);
    expect((await change(shopNext.key)).status).toBe(200);
  });

  test('every refusal is logged with what is known of the caller, and no log line holds a secret', async () => {
    await open();
    const wrong = aKey({ id: 'shop-1' }).key;
    const token = await tokenOf({ sub: 'a', scope: 'balance:read' });
    const basic = Buffer.from(`user:${shop.key}`).toString('base64');
    await change(reader.key);
    await change(wrong);
    await change(expired.key);
    await change(token);
    await change(`${token}x`);
    await to().get(`/api/users/${shop.key}/balance`);
    await to().get(`/api/users/7/entries?before=${shop.key}`);
    await to().get('/api/users/7/balance').set('Authorization', `Basic ${basic}`);
    const lines = service.logged.map((line) => (line as [object, string])[0]);
    const request = { method: 'POST', path: CHANGE };
    expect(lines).toMatchObject([
      { reason: 'scope_missing', scope: 'balance:write', caller: 'report', keyId: 'reader', ...request },
      { reason: 'wrong_secret', caller: 'shop', keyId: 'shop-1', ...request },
      { reason: 'expired_key', caller: 'shop', keyId: 'old', ...request },
      { reason: 'scope_missing', scope: 'balance:write', caller: 'a', keyId: null, ...request },
      { reason: 'invalid_token', ...request },
      { reason: 'no_credentials', method: 'GET', path: '/api/users/[redacted]/balance' },
      { reason: 'no_credentials', method: 'GET', path: '/api/users/7/entries' },
      { reason: 'not_a_bearer_token', method: 'GET' },
    ]);
    const text = JSON.stringify(service.logged);
    const secrets = [...[reader.key, wrong, expired.key, shop.key].map((key) => key.slice(-43)), basic];
    for (const secret of [...secrets, ...token.split('.'), ...apiKeys.map(({ sha256 }) => sha256)]) {
      expect(text).not.toContain(secret);
    }
  });

  test('who sends more than the limit is told to wait, and another caller is not', async () => {
    await open({}, 2);
    const answers = [await change(shop.key), await change(shopNext.key), await change(shop.key)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    const headers = answers.map((answer) => [answer.headers['ratelimit-policy'], answer.headers.ratelimit]);
    expect(headers).toEqual([
      ['"caller";q=2;w=60', '"caller";r=1;t=60'],
      ['"caller";q=2;w=60', '"caller";r=0;t=60'],
      ['"caller";q=2;w=60', '"caller";r=0;t=60'],
    ]);
    expect(answers[2]?.body).toMatchObject({ code: 'rate_limited', status: 429 });
    expect(answers[2]?.headers['retry-after']).toBe('60');
    expect((await change(bank.key)).status).toBe(200);
    expect(service.operations).toHaveLength(3);
  });

  test('who guesses is limited by address', async () => {
    await open({}, 2);
    const statuses = [];
    for (let i = 0; i < 4; i += 1) statuses.push((await change(aKey({ id: 'shop-1' }).key)).status);
    expect(statuses).toEqual([401, 401, 429, 429]);
    expect((await change(shop.key)).status).toBe(200);
  });

  test('what strangers behind an address have used up holds up no caller who comes from there', async () => {
    await open({}, 2);
    const statusOf = async (token: string) => (await change(token)).status;
    const known = await tokenOf({ sub: 'known', scope: 'balance:write' });
    expect(await statusOf(known)).toBe(200);
    const forged = `${await tokenOf({ sub: 'x' })}AAAA`;
    expect([await statusOf(forged), await statusOf(forged), await statusOf(forged)]).toEqual([401, 401, 429]);
    expect(await statusOf(known)).toBe(200);
    expect(await statusOf(await tokenOf({ sub: 'new', scope: 'balance:write' }))).toBe(200);
  });

  test('what could not be judged counts against nobody', async () => {
    const keys = { kind: 'jwks', url: 'http://127.0.0.1:1/jwks.json' } as const;
    await open({ credentials: { apiKeys, issuer: { ...issuer, keys } } }, 1);
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await change(await tokenOf({ sub: `${i}` }))).status);
    expect(statuses).toEqual([503, 503, 503]);
    expect((await change('nonsense')).status).toBe(401);
  });

  // Where the app is embedded elsewhere, its server answers Expect.
  if (way === 'the front door') {
    test('who is refused is not invited to send the body, and who is let in is', async () => {
      await open();
      const head = (key: string) =>
        message('POST', CHANGE, {
          headers: [`Authorization: Bearer ${key}`, 'Expect: 100-continue'],
          body: CHANGE_BODY,
        })
          .toString()
          .slice(0, -CHANGE_BODY.length);
      for (const [key, status] of [
        ['nonsense', 401],
        [reader.key, 403],
      ] as const) {
        const refused = await RawConnection.open((running as Running).port);
        const answer = await refused.send(head(key)).answer();
        expect([answer.status, answer.headers.connection]).toEqual([status, 'close']);
        expect(await refused.closed()).toBe('');
      }
      const admitted = await RawConnection.open((running as Running).port);
      expect((await admitted.send(head(shop.key)).answer()).status).toBe(100);
      const done = await admitted.send(CHANGE_BODY).answer();
      expect([done.status, done.headers.connection]).toEqual([200, 'keep-alive']);
      admitted.destroy();
    });
  }

  test.each([
    ['localhost:3000', undefined, 200],
    ['127.0.0.2', 'http://[::1]:8080', 200],
    ['evil.test:3000', undefined, 403],
    ['localhost.evil.test', undefined, 403],
    ['localhost', 'http://evil.test', 403],
    ['localhost', 'null', 403],
  ])('without authentication on loopback, Host %s and Origin %s are answered %3$i', async (host, origin, status) => {
    await open({ credentials: null, isLocalOnly: true });
    const send = () => {
      const sent = to().get('/api/users/7/balance').set('Host', host);
      return origin === undefined ? sent : sent.set('Origin', origin);
    };
    expect((await send()).status).toBe(status);
    await running?.close();
    await open({ credentials: null, isLocalOnly: false });
    expect((await send()).status).toBe(200);
  });

  test.each([
    ['cross-site', undefined, 403],
    ['cross-site', 'http://localhost:8080', 200],
    ['same-site', undefined, 200],
    ['none', undefined, 200],
  ])('without authentication on loopback, Sec-Fetch-Site %s and Origin %s are answered %3$i', async (...given) => {
    const [fetchSite, origin, status] = given;
    await open({ credentials: null, isLocalOnly: true });
    const sent = to().get('/api/users/7/balance').set('Sec-Fetch-Site', fetchSite);
    expect((await (origin === undefined ? sent : sent.set('Origin', origin))).status).toBe(status);
  });

  test('without authentication the address is limited, and the keys of callers stay as they are sent', async () => {
    await open({ credentials: null }, 2);
    const send = () => to().post(CHANGE).set('Idempotency-Key', 'order 1').send({ userId: 7, amount: -2 });
    expect([(await send()).status, (await send()).status, (await send()).status]).toEqual([200, 200, 429]);
    expect(keysSeen()).toEqual(['order 1', 'order 1']);
  });

  test('while tokens cannot be judged, the request may be sent again', async () => {
    const keys = { kind: 'jwks', url: 'http://127.0.0.1:1/jwks.json' } as const;
    await open({ credentials: { apiKeys: null, issuer: { ...issuer, keys } } });
    const { status, body, headers } = await change(await tokenOf({ sub: 'a', scope: 'balance:write' }));
    expect({ status, code: body.code, retryAfter: headers['retry-after'] }).toEqual({
      status: 503,
      code: 'overloaded',
      retryAfter: '1',
    });
  });
});
