import { afterEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/domain/outcome.ts';
import { readHistogram, sumOf } from '../../src/observability/count-readings.ts';
import { COUNTED, ROUTE, ROUTES } from '../../src/observability/metric-definitions.ts';
import { WorkerMeter } from '../../src/observability/worker-meter.ts';
import { FakeService, startServer, until } from './fake-service.ts';
import { RawConnection } from './raw-connection.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function metered(limits = {}) {
  const meter = new WorkerMeter();
  const service = new FakeService();
  const { server, port } = await startServer(service, limits, { meter });
  closing.push(() => server.close());
  const ask = async (method: string, path: string, body?: string) => {
    const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body }),
    });
    await answer.arrayBuffer();
  };
  const requests = (route: number, status: number) =>
    sumOf(meter.counts, COUNTED.requests, { ...ROUTES[route], status: String(status) });
  return { meter, service, server, port, ask, requests };
}

const changed: Outcome = {
  kind: 'changed',
  userId: 1,
  amount: -2,
  balance: 8,
  version: 2,
  operationId: 'x',
  replayed: false,
} as unknown as Outcome;

describe('what is asked and answered', () => {
  it('is counted under its route and status, whichever way it took', async () => {
    const { ask, requests, service, meter } = await metered();
    service.answer = () => changed;
    await ask('POST', '/api/users/update-balance', '{"userId":1,"amount":-2}');
    await ask('PATCH', '/api/users/1/balance', '{"amount":-2}');
    await ask('POST', '/api/users/update-balance', '{"userId":1}');
    await ask('GET', '/api/users/1/entries?limit=x');
    await ask('GET', '/livez');
    await ask('GET', '/docs');
    await ask('GET', '/nowhere');
    await ask('DELETE', '/livez');
    expect(requests(ROUTE.changeByBody, 200)).toBe(1);
    expect(requests(ROUTE.changeByPath, 200)).toBe(1);
    expect(requests(ROUTE.changeByBody, 400)).toBe(1);
    expect(requests(ROUTE.listEntries, 400)).toBe(1);
    expect(requests(ROUTE.live, 200)).toBe(1);
    expect(requests(ROUTE.docs, 200)).toBe(1);
    expect(sumOf(meter.counts, COUNTED.requests, { route: 'none', status: '404' })).toBe(1);
    expect(sumOf(meter.counts, COUNTED.requests, { route: 'none', status: '405' })).toBe(1);
    expect(sumOf(meter.counts, COUNTED.requests)).toBe(8);
    expect(readHistogram(meter.counts, COUNTED.requestDuration).count).toBe(8);
    expect(sumOf(meter.counts, COUNTED.operations, { operation: 'change', outcome: 'accepted' })).toBe(2);
    expect(sumOf(meter.counts, COUNTED.operations)).toBe(2);
  });

  it('is counted for each change of a batch by itself', async () => {
    const { ask, requests, service, meter } = await metered();
    const outcomes: Outcome[] = [changed, { kind: 'rejected', code: 'user_not_found' }];
    service.answer = () => outcomes.shift() as Outcome;
    await ask(
      'POST',
      '/api/users/update-balances',
      '{"operations":[{"userId":1,"amount":-2},{"userId":9,"amount":5}]}',
    );
    expect(requests(ROUTE.changeMany, 200)).toBe(1);
    expect(sumOf(meter.counts, COUNTED.operations, { operation: 'change', outcome: 'accepted' })).toBe(1);
    expect(sumOf(meter.counts, COUNTED.operations, { operation: 'change', outcome: 'user_not_found' })).toBe(1);
  });

  it('is counted when it is no HTTP, and when its caller was gone', async () => {
    const { port, meter, server, service } = await metered();
    const nonsense = await RawConnection.open(port);
    nonsense.send('\0 nonsense\r\n\r\n');
    await nonsense.closed();
    expect(sumOf(meter.counts, COUNTED.requests, { route: 'none', status: '400' })).toBe(1);
    let release = (): void => undefined;
    service.answer = () =>
      new Promise((resolve) => {
        release = () => resolve({ kind: 'rejected', code: 'user_not_found' });
      });
    const leaving = await RawConnection.open(port);
    leaving.send('GET /api/users/1/balance HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => service.operations.length === 1);
    leaving.destroy();
    await until(() => server.readLoad().connections === 0);
    release();
    await until(() => sumOf(meter.counts, COUNTED.requests, { status: 'none' }) === 1);
    expect(sumOf(meter.counts, COUNTED.operations, { operation: 'balance' }), 'it was done all the same').toBe(1);
  });

  it('tells how many connections and requests there are', async () => {
    const { port, server, service } = await metered();
    service.answer = () => new Promise(() => undefined);
    const connection = await RawConnection.open(port);
    connection.send('GET /api/users/1/balance HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => service.operations.length === 1);
    expect(server.readLoad()).toEqual({ connections: 1, requestsInFlight: 1, connectionsHeld: 0, timesHeld: 0 });
    connection.destroy();
  });

  it('is counted as shed when it is a connection too many', async () => {
    const { port, meter } = await metered({ connectionsMax: 1 });
    const first = await RawConnection.open(port);
    const second = await RawConnection.open(port);
    await second.closed();
    expect(sumOf(meter.counts, COUNTED.shed, { reason: 'connections' })).toBe(1);
    first.destroy();
  });
});
