import type { IncomingMessage } from 'node:http';
import { Counter } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { type AdminServer, createAdminServer } from '../../src/admin/admin-server.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { RawConnection } from '../http/raw-connection.ts';
import { silentLog } from '../support/silent-log.ts';

const running: AdminServer[] = [];

async function listen(authorize?: (request: IncomingMessage) => boolean | Promise<boolean>) {
  const registry = createMetrics({ countOwnedSlots: () => 3 });
  new Counter({ name: 'some_total', help: 'Some.', registers: [registry] }).inc(7);
  const server = createAdminServer({ registry, log: silentLog, ...(authorize === undefined ? {} : { authorize }) });
  running.push(server);
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  return { url: `http://127.0.0.1:${port}`, port };
}

afterEach(() => {
  for (const server of running.splice(0)) server.close();
});

describe('the admin listener', () => {
  it('shows every metric of the registry in the text format of Prometheus', async () => {
    const { url } = await listen();
    const answer = await fetch(`${url}/metrics`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const lines = (await answer.text()).split('\n');
    expect(lines).toEqual(expect.arrayContaining(['user_balance_workers 3', 'some_total 7']));
    expect(lines.some((line) => line.startsWith('process_resident_memory_bytes '))).toBe(true);
  });

  it('says that it lives', async () => {
    const { url } = await listen();
    const answer = await fetch(`${url}/livez`);
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'ok' }]);
  });

  it.each([
    ['GET', '/', 404],
    ['GET', '/metrics/', 404],
    ['GET', '/metrics?name=x', 400],
    ['POST', '/metrics', 405],
    ['DELETE', '/livez', 405],
  ])('answers %s %s with %i', async (method, path, status) => {
    const { url } = await listen();
    expect((await fetch(`${url}${path}`, { method })).status).toBe(status);
  });

  it('lets nobody read metrics whom the hook does not know, but still says that it lives', async () => {
    const { url } = await listen(async (request) => request.headers.authorization === 'Bearer right');
    const statusWith = async (path: string, authorization: string) =>
      (await fetch(`${url}${path}`, { headers: { authorization } })).status;
    expect(await statusWith('/metrics', 'Bearer wrong')).toBe(401);
    expect(await statusWith('/metrics', 'Bearer right')).toBe(200);
    expect(await statusWith('/livez', 'Bearer wrong')).toBe(200);
  });

  it('answers 500 when the hook fails, and tells nothing of why', async () => {
    const { url } = await listen(() => Promise.reject(new Error('secret reason')));
    const answer = await fetch(`${url}/metrics`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('secret');
  });

  it('survives what is no HTTP', async () => {
    const { url, port } = await listen();
    const connection = await RawConnection.open(port);
    connection.send('\0\0 nonsense\r\n\r\n');
    await connection.closed();
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it('names ADMIN_PORT when that is in use', async () => {
    const { port } = await listen();
    const second = createAdminServer({ registry: createMetrics({ countOwnedSlots: () => 0 }), log: silentLog });
    await expect(second.listen({ host: '127.0.0.1', port })).rejects.toThrow(
      `ADMIN_PORT ${port} on ADMIN_HOST 127.0.0.1 is in use`,
    );
  });
});
