import { afterEach, describe, expect, it, vi } from 'vitest';
import { answerForAccount } from './fake-account.ts';
import {
  type FakeApi,
  type RunningConsole,
  type RunningConsoleOptions,
  runConsole,
  runFakeApi,
} from './running-console.ts';

const running: { close(): void }[] = [];

async function run(
  answer: Parameters<typeof runFakeApi>[0],
  options: RunningConsoleOptions = {},
): Promise<RunningConsole & { readonly api: FakeApi }> {
  const api = await runFakeApi(answer);
  const console = await runConsole({ target: api.target, ...options });
  running.push(api, console);
  return { ...console, api };
}

afterEach(() => {
  for (const each of running.splice(0)) each.close();
});

describe('a look-up of the console', () => {
  it('asks the public interface the same, with the credentials and nothing else of the caller', async () => {
    const { url, api } = await run(answerForAccount);
    const headers = { authorization: 'Bearer some-key', cookie: 'a=b', 'x-forwarded-for': '10.0.0.1' };
    const answer = await fetch(`${url}/console/api/users/17/entries?limit=2&before=100`, { headers });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ entries: [{ version: 99 }, { version: 98 }], nextBefore: 98 });
    expect(api.requests.map((each) => [each.method, each.url])).toEqual([
      ['GET', '/api/users/17/entries?limit=2&before=100'],
    ]);
    const sent = api.requests[0]?.headers ?? {};
    expect(Object.keys(sent).sort()).toEqual(['authorization', 'connection', 'host']);
    expect(sent.authorization).toBe('Bearer some-key');
  });

  it('hands answers on with what they say of access and limits', async () => {
    const { url } = await run((_request, response) => {
      response.writeHead(429, {
        'Retry-After': '3',
        'WWW-Authenticate': 'Bearer',
        'Set-Cookie': 'a=b',
        RateLimit: 'x',
      });
      response.end('{"code":"rate_limited"}');
    });
    const answer = await fetch(`${url}/console/api/users/17/balance`);
    expect([answer.status, await answer.text()]).toEqual([429, '{"code":"rate_limited"}']);
    expect(answer.headers.get('retry-after')).toBe('3');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.headers.get('ratelimit')).toBe('x');
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it('has an answer where there is no such user: a browser would call 404 an error of the page', async () => {
    const { url } = await run(answerForAccount);
    const answer = await fetch(`${url}/console/api/users/404/balance`);
    expect([answer.status, await answer.json()]).toMatchObject([200, { code: 'user_not_found' }]);
  });

  it('says that the service is not ready when nobody answers', async () => {
    const console = await runConsole();
    running.push(console);
    const answer = await fetch(`${console.url}/console/api/users/17/balance`);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([503, 'not_ready']);
  });

  it('does not wait for ever', async () => {
    const { url } = await run(() => undefined, { lookUpTimeoutMs: 100 });
    expect((await fetch(`${url}/console/api/users/17/balance`)).status).toBe(503);
  });

  it('breaks off when the answer breaks off', async () => {
    const { url } = await run((_request, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('{"entries":');
      setTimeout(() => response.destroy(), 50);
    });
    const answer = await fetch(`${url}/console/api/users/17/entries`);
    await expect(answer.text()).rejects.toThrow();
  });

  it('asks for eight at once, refuses more, and goes on when there is room', async () => {
    const waiting: (() => void)[] = [];
    const { url } = await run((request, response) => {
      waiting.push(() => answerForAccount(request, response));
    });
    const ask = async () => (await fetch(`${url}/console/api/users/17/balance`)).status;
    const first = Array.from({ length: 8 }, ask);
    await vi.waitUntil(() => waiting.length === 8, { timeout: 2000, interval: 5 });
    expect(await ask()).toBe(503);
    for (const answer of waiting.splice(0)) answer();
    expect(await Promise.all(first)).toEqual(Array(8).fill(200));
    const next = ask();
    await vi.waitUntil(() => waiting.length === 1, { timeout: 2000, interval: 5 });
    waiting[0]?.();
    expect(await next).toBe(200);
  });

  it('no longer asks when the caller has gone', async () => {
    const { url, api } = await run(() => undefined);
    const leaving = new AbortController();
    const asked = fetch(`${url}/console/api/users/17/balance`, { signal: leaving.signal });
    await vi.waitUntil(() => api.requests.length === 1, { timeout: 2000, interval: 5 });
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await vi.waitUntil(() => api.requests[0]?.destroyed === true, { timeout: 2000, interval: 5 });
  });

  it.each([
    ['GET', '/console/api/users/update-balance', 404],
    ['GET', '/console/api/users/17', 404],
    ['GET', '/console/api/users/17/balance/x', 404],
    ['GET', '/console/api/users/17/../../../livez/balance', 404],
    ['GET', '/console/api/users/%31/balance', 404],
    ['POST', '/console/api/users/17/balance', 405],
    ['PATCH', '/console/api/users/17/balance', 405],
  ])('answers %s %s with %i and asks nobody', async (method, path, status) => {
    const { url, api } = await run(answerForAccount);
    expect((await fetch(`${url}${path}`, { method })).status).toBe(status);
    expect(api.requests).toEqual([]);
  });
});
