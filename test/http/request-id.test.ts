import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccessGate } from '../../src/access/gate.ts';
import { parseTraceparent } from '../../src/http/request-id.ts';
import { createRequestLog } from '../../src/http/request-log.ts';
import { systemClock } from '../../src/time/clock.ts';
import { FakeService, type Running, until, waysIn } from './fake-service.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE_ID}-00f067aa0ba902b7-01`;

describe('a traceparent', () => {
  it('names the trace and the span of the caller', () => {
    expect(parseTraceparent(PARENT)).toEqual({ traceId: TRACE_ID, spanId: '00f067aa0ba902b7', flags: 1 });
  });

  it('may be of a later version and have more to say', () => {
    expect(parseTraceparent(`cc-${TRACE_ID}-00f067aa0ba902b7-01-what-the-future-brings`)?.traceId).toBe(TRACE_ID);
  });

  it.each([
    undefined,
    '',
    TRACE_ID,
    PARENT.toUpperCase(),
    `${PARENT}-more`,
    `ff-${TRACE_ID}-00f067aa0ba902b7-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
    `cc-${TRACE_ID}-00f067aa0ba902b7-01.more`,
    ` ${PARENT}`,
  ])('that is %j is passed over', (field) => {
    expect(parseTraceparent(field)).toBe(null);
  });
});

describe.each(waysIn)('the name of a request through $way', ({ start }) => {
  let service: FakeService;
  let running: Running;

  const get = async (path: string, headers: Record<string, string>) => {
    const { status, headers: answered } = await fetch(`http://127.0.0.1:${running.port}${path}`, { headers });
    return { status, requestId: answered.get('x-request-id') };
  };

  beforeEach(async () => {
    service = new FakeService();
    running = await start(service.dependencies());
  });
  afterEach(() => running.close());

  it('comes back, whatever the answer is', async () => {
    const headers = { 'x-request-id': 'order-1842/a=b@c:d' };
    expect(await get('/livez', headers)).toEqual({ status: 200, requestId: 'order-1842/a=b@c:d' });
    expect(await get('/nowhere', headers)).toEqual({ status: 404, requestId: 'order-1842/a=b@c:d' });
    expect(await get('/docs', headers)).toEqual({ status: 200, requestId: 'order-1842/a=b@c:d' });
  });

  it('is the trace id where the caller gave only a traceparent', async () => {
    expect((await get('/livez', { traceparent: PARENT })).requestId).toBe(TRACE_ID);
    expect((await get('/livez', { traceparent: PARENT, 'x-request-id': 'mine' })).requestId).toBe('mine');
  });

  it('is not made up where the caller gave none', async () => {
    expect((await get('/livez', {})).requestId).toBe(null);
  });

  it.each(['', 'a b', 'a,b', '"x"', 'a\tb', 'x'.repeat(129), 'ü'])('is passed over as %j', async (given) => {
    expect((await get('/livez', { 'x-request-id': given })).requestId).toBe(null);
  });

  it('is made up for a defect, so that the caller can name what the log tells of', async () => {
    service.answer = () => Promise.reject(new Error('a defect'));
    const { status, requestId } = await get('/api/users/1/balance', {});
    expect(status).toBe(500);
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(service.logged).toEqual([[expect.objectContaining({ requestId }), expect.any(String)]]);
    expect((await get('/api/users/1/balance', { 'x-request-id': 'mine' })).requestId).toBe('mine');
    expect(service.logged[1]).toEqual([expect.objectContaining({ requestId: 'mine' }), expect.any(String)]);
  });
});

describe('a line of the log', () => {
  const front = waysIn[1] as (typeof waysIn)[number];

  it('of a refusal of trust has the name of the request, and no credentials', async () => {
    const service = new FakeService();
    const lines: unknown[] = [];
    const log = { warn: (fields: object) => void lines.push(fields) };
    const credentials = { apiKeys: [], issuer: null };
    const options = { credentials, rateLimit: null, isLocalOnly: false, salt: '', clock: systemClock, log };
    const running = await front.start(service.dependencies({ gate: new AccessGate(options as never) }));
    const headers = { authorization: 'Bearer hub_nobody-knows-this', 'x-request-id': 'order-7' };
    await fetch(`http://127.0.0.1:${running.port}/api/users/1/balance`, { headers });
    await running.close();
    expect(lines).toEqual([expect.objectContaining({ requestId: 'order-7', path: '/api/users/1/balance' })]);
    expect(JSON.stringify(lines)).not.toContain('nobody-knows');
  });

  it('is written for each request when somebody asked for that, without query and without secrets', async () => {
    const service = new FakeService();
    const lines: Record<string, unknown>[] = [];
    const log = { debug: (fields: object) => void lines.push(fields as Record<string, unknown>) };
    const running = await front.start(service.dependencies({ observers: [createRequestLog(log as never)] }));
    const headers = { authorization: 'Bearer secret', 'idempotency-key': 'secret', 'x-request-id': 'order-7' };
    await fetch(`http://127.0.0.1:${running.port}/livez?token=secret`, { headers });
    await until(() => lines.length > 0);
    await running.close();
    expect(lines).toEqual([
      {
        requestId: 'order-7',
        method: 'GET',
        path: '/livez',
        status: 400,
        isWhole: true,
        tookMs: expect.any(Number),
      },
    ]);
  });
});
