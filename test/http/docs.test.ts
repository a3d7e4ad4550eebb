import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AccessGate } from '../../src/access/gate.ts';
import { INITIALIZER, PAGE } from '../../src/http/docs/page.ts';
import { systemClock } from '../../src/time/clock.ts';
import { FakeService, type Running, waysIn } from './fake-service.ts';
import { balanceRead } from './outcomes.ts';

const FILES = [
  ['/openapi.json', 'application/json'],
  ['/docs', 'text/html; charset=utf-8'],
  ['/docs/initializer.js', 'text/javascript; charset=utf-8'],
  ['/docs/swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ['/docs/swagger-ui.css', 'text/css; charset=utf-8'],
] as const;

describe.each(waysIn)('through $way', ({ start }) => {
  let service: FakeService;
  let running: Running;

  beforeEach(async () => {
    service = new FakeService();
    const { log } = service.dependencies();
    const gate = new AccessGate({
      credentials: null,
      rateLimit: null,
      isLocalOnly: true,
      salt: 's',
      clock: systemClock,
      log,
    });
    running = await start(service.dependencies({ gate }));
  });
  afterEach(() => running.close());

  test.each(FILES)(
    '%s is %s, for anybody, and asked for again only to learn that it is the same',
    async (path, type) => {
      const first = await request(running.target).get(path).set('Host', 'balances.example.com').buffer(true);
      expect(first.status).toBe(200);
      expect(first.headers).toMatchObject({
        'content-type': type,
        'cache-control': 'no-cache',
        'x-content-type-options': 'nosniff',
        'content-length': String(Buffer.byteLength(first.text)),
      });
      for (const known of [first.headers.etag, `W/${first.headers.etag}`, `"other", ${first.headers.etag}`, '*']) {
        const again = await request(running.target)
          .get(path)
          .set('If-None-Match', known as string);
        expect([again.status, again.text, again.headers.etag]).toEqual([304, '', first.headers.etag]);
      }
      await request(running.target).get(path).set('If-None-Match', '"other"').expect(200);
      const head = await request(running.target).head(path);
      expect([head.status, head.headers['content-length'], head.text]).toEqual([
        200,
        first.headers['content-length'],
        undefined,
      ]);
    },
  );

  test('nothing else of the package is served, and nothing besides by another method or with a query', async () => {
    const others = [
      'swagger-ui.js',
      'swagger-ui-bundle.js.map',
      'package.json',
      '../package.json',
      '%2e%2e/package.json',
    ];
    for (const path of ['/docs/', ...others.map((name) => `/docs/${name}`)]) {
      const { status, body } = await request(running.target).get(path);
      expect([status, body.code]).toEqual([404, 'not_found']);
    }
    expect((await request(running.target).post('/docs')).headers.allow).toBe('GET, HEAD');
    expect((await request(running.target).get('/docs?configUrl=https://evil.test/x.json')).status).toBe(400);
  });

  test('the page may load what it names from here, and nothing from elsewhere', async () => {
    const { headers } = await request(running.target).get('/docs');
    const policy = headers['content-security-policy']?.split('; ');
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]),
    );
    expect(headers['content-security-policy']).not.toMatch(/unsafe|https?:/);
    const named = [...PAGE.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(([, address]) => `/${address}`);
    expect(named.toSorted()).toEqual(
      FILES.map(([path]) => path)
        .filter((path) => path !== '/docs')
        .toSorted(),
    );
    // What a page says in place runs nowhere under this policy.
    expect(PAGE).not.toMatch(/<style|<script(?! defer src)|\son\w+=|style=/);
    expect(INITIALIZER).toContain("url: 'openapi.json'");
    expect(INITIALIZER).toContain('validatorUrl: null');
  });

  test('a page of this machine may try what it shows, one of elsewhere may not', async () => {
    service.answer = () => balanceRead;
    const send = (host: string, origin: string) =>
      request(running.target).get('/api/users/7/balance').set('Host', host).set('Origin', origin);
    expect((await send('127.0.0.1:3000', 'http://127.0.0.1:3000')).status).toBe(200);
    expect((await send('balances.example.com', 'http://balances.example.com')).status).toBe(403);
  });
});

test('no process loads the document before it is asked for it', () => {
  const root = fileURLToPath(new URL('../../src/', import.meta.url));
  const others = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !path.includes('openapi'),
  );
  const loading = others.filter((path) =>
    /^import (?!type )[^;]*\/openapi/m.test(readFileSync(`${root}${path}`, 'utf8')),
  );
  expect(others.length).toBeGreaterThan(100);
  expect(loading).toEqual([]);
});
