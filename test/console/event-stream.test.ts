import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AccessGate } from '../../src/access/gate.ts';
import type { Scope } from '../../src/access/scope.ts';
import { STREAMS_MAX } from '../../src/console/event-stream.ts';
import type { HistoryPoint, Second } from '../../src/console/snapshot.ts';
import { systemClock } from '../../src/time/clock.ts';
import { aKey } from '../access/keys.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { silentLog } from '../support/silent-log.ts';
import { aBusySecond, anIdleSecond, aRandom } from './fake-snapshots.ts';
import { type RunningConsole, type RunningConsoleOptions, runConsole } from './running-console.ts';

const running: RunningConsole[] = [];
const ending = new AbortController();

async function run(options: RunningConsoleOptions = {}): Promise<RunningConsole> {
  const console = await runConsole(options);
  running.push(console);
  return console;
}

afterEach(() => {
  for (const console of running.splice(0)) console.close();
});

interface Message {
  readonly event: string;
  readonly data: unknown;
}

/** Reads messages of a stream as they come. */
async function open({ url }: RunningConsole, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${url}/console/api/stream`, { headers, signal: ending.signal });
  const messages: Message[] = [];
  let isEnded = false;
  const reading = (async () => {
    let unread = '';
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      const parts = (unread + Buffer.from(chunk).toString()).split('\n\n');
      unread = parts.pop() ?? '';
      for (const part of parts) {
        const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
        messages.push({ event, data: JSON.parse(data) });
      }
    }
  })().finally(() => {
    isEnded = true;
  });
  reading.catch(() => undefined);
  return {
    response,
    messages,
    isEnded: () => isEnded,
    async next(count: number): Promise<readonly Message[]> {
      await vi.waitUntil(() => messages.length >= count, { timeout: 3000, interval: 5 });
      return messages;
    },
  };
}

const gateFor = (...records: ReturnType<typeof aKey>['record'][]) =>
  new AccessGate({
    credentials: { apiKeys: records, issuer: null },
    rateLimit: null,
    isLocalOnly: true,
    salt: '',
    clock: systemClock,
    log: silentLog,
  });

describe('the stream of the console', () => {
  it('begins with what was before, for the charts, and the newest second, and goes on each second', async () => {
    const console = await run();
    const random = aRandom();
    for (let second = 1; second <= 3; second += 1) console.feed.publish(aBusySecond(second * 1000, random, second));
    const stream = await open(console);
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(stream.response.headers.get('cache-control')).toBe('no-store');
    await stream.next(2);
    console.feed.publish(anIdleSecond(4000));
    const messages = await stream.next(3);
    expect(messages.map(({ event }) => event)).toEqual(['history', 'second', 'second']);
    const [history, newest, next] = messages.map(({ data }) => data) as [HistoryPoint[], Second, Second];
    expect(history.map(({ atMs }) => atMs)).toEqual([1000, 2000, 3000]);
    expect([newest, next].map(({ snapshot }) => snapshot.atMs)).toEqual([3000, 4000]);
    expect(next.point).toMatchObject({ atMs: 4000, acceptedPerS: 0, p99Ms: null, queued: [0] });
  });

  it('keeps no more than 150 seconds', async () => {
    const console = await run();
    for (let second = 1; second <= 400; second += 1) console.feed.publish(anIdleSecond(second * 1000));
    const [points] = (await (await open(console)).next(1)).map(({ data }) => data) as [HistoryPoint[]];
    expect([points.length, points[0]?.atMs, points.at(-1)?.atMs]).toEqual([150, 251_000, 400_000]);
  });

  it('has room for so many pages, turns others away, and has room again when one leaves', async () => {
    const console = await run();
    const leaving = new AbortController();
    const url = `${console.url}/console/api/stream`;
    await fetch(url, { signal: leaving.signal });
    await Promise.all(Array.from({ length: STREAMS_MAX - 1 }, () => open(console)));
    const refused = await fetch(url);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await fetch(`${console.url}/livez`)).status, 'probes go on').toBe(200);
    leaving.abort();
    await vi.waitUntil(
      async () => {
        const stream = await open(console);
        return stream.response.status === 200;
      },
      { timeout: 3000, interval: 20 },
    );
  });

  it('drops a page that does not read, and goes on for the others', async () => {
    const console = await run();
    const deaf = connect(console.port, '127.0.0.1');
    await once(deaf, 'connect');
    deaf.on('error', () => undefined);
    deaf.write('GET /console/api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(deaf, 'readable');
    const reader = await open(console);
    await reader.next(1);
    const large = anIdleSecond(1000, { events: [{ atMs: 0, level: 'quiet', text: 'x'.repeat(200_000) }] });
    let published = 0;
    const closed = once(deaf, 'close');
    // What the kernel takes for the deaf one comes first.
    const writing = setInterval(() => {
      console.feed.publish(large);
      published += 1;
      if (published > 60) deaf.resume();
    }, 10);
    await closed;
    clearInterval(writing);
    expect(published).toBeGreaterThan(1);
    await reader.next(published + 1);
    expect(reader.isEnded()).toBe(false);
  });

  it('ends after five minutes, so that credentials are judged anew', async () => {
    const clock = new ManualClock();
    const console = await run({ clock });
    const stream = await open(console);
    await stream.next(1);
    clock.advance(299_000);
    console.feed.publish(anIdleSecond(1));
    await stream.next(2);
    expect(stream.isEnded()).toBe(false);
    clock.advance(1000);
    await vi.waitUntil(stream.isEnded, { timeout: 2000, interval: 5 });
  });

  it('writes nothing more to a page that has not taken the end, which would end the launcher', async () => {
    const clock = new ManualClock();
    const console = await run({ clock });
    const deaf = connect(console.port, '127.0.0.1');
    await once(deaf, 'connect');
    deaf.on('error', () => undefined);
    deaf.write('GET /console/api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(deaf, 'readable');
    const large = anIdleSecond(1000, { events: [{ atMs: 0, level: 'quiet', text: 'x'.repeat(100_000) }] });
    // More than the kernel takes at once, less than drops it.
    for (let i = 0; i < 40; i += 1) {
      console.feed.publish(large);
      await new Promise((resolve) => setImmediate(resolve));
    }
    clock.advance(300_000);
    console.feed.publish(large);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await open(console)).response.status).toBe(200);
    deaf.destroy();
  });

  it('gives no place to requests that wait behind another answer of their connection', async () => {
    const console = await run();
    const greedy = connect(console.port, '127.0.0.1');
    await once(greedy, 'connect');
    greedy.write('GET /console/api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(2 * STREAMS_MAX));
    await once(greedy, 'readable');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await open(console)).response.status).toBe(200);
    greedy.destroy();
  });

  it('ends with the listener', async () => {
    const console = await run();
    const stream = await open(console);
    await stream.next(1);
    console.close();
    await vi.waitUntil(stream.isEnded, { timeout: 2000, interval: 5 });
  });

  it('is for those who may read metrics, where credentials are asked for; the page is for everybody', async () => {
    const reader = aKey({ id: 'reader', scopes: ['metrics:read'] });
    const payer = aKey({ id: 'payer', scopes: ['balance:read', 'balance:write'] });
    const console = await run({ gate: gateFor(reader.record, payer.record) });
    const statusWith = async (key?: string) =>
      (await open(console, key === undefined ? {} : { authorization: `Bearer ${key}` })).response.status;
    expect(await statusWith()).toBe(401);
    expect(await statusWith(payer.key)).toBe(403);
    expect(await statusWith(reader.key)).toBe(200);
    expect((await fetch(`${console.url}/console`)).status).toBe(200);
  });

  it.each([
    ['HEAD', '/console/api/stream', 200],
    ['POST', '/console/api/stream', 405],
    ['GET', '/console/api/stream?from=1', 400],
    ['GET', '/console/api', 404],
  ])('answers %s %s with %i', async (method, path, status) => {
    const { url } = await run();
    expect((await fetch(`${url}${path}`, { method })).status).toBe(status);
  });
});

describe('a gate of this machine', () => {
  it.each(['stream', 'users/1/balance', 'users/1/entries'])('lets nobody read %s under another name', async (path) => {
    const scopes: Scope[] = [];
    const gate = new AccessGate({
      credentials: null,
      rateLimit: null,
      isLocalOnly: true,
      salt: '',
      clock: systemClock,
      log: silentLog,
    });
    const spy = {
      judge(...[visitor, scope]: Parameters<AccessGate['judge']>) {
        scopes.push(scope);
        return gate.judge(visitor, scope);
      },
    };
    const { url } = await run({ gate: spy });
    const answer = await fetch(`${url}/console/api/${path}`, { headers: { origin: 'http://evil.test' } });
    expect([answer.status, scopes]).toEqual([403, [path === 'stream' ? 'metrics:read' : 'balance:read']]);
  });
});
