import { Counter } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { createApiKey, digestOf } from '../../src/access/api-key.ts';
import { AccessGate, type Gate } from '../../src/access/gate.ts';
import type { Scope } from '../../src/access/scope.ts';
import { type AdminServer, createAdminServer } from '../../src/admin/admin-server.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { StateChanges } from '../../src/observability/state-changes.ts';
import { WorkerAggregate } from '../../src/observability/worker-aggregate.ts';
import { systemClock } from '../../src/time/clock.ts';
import { RawConnection } from '../http/raw-connection.ts';
import { silentLog } from '../support/silent-log.ts';

const running: AdminServer[] = [];
const noConsole = { endpointOf: () => undefined, close: () => undefined };

const metricsOf = (slots: number) =>
  createMetrics({
    isMetered: true,
    countOwnedSlots: () => slots,
    workers: new WorkerAggregate(systemClock),
    changes: new StateChanges(silentLog, systemClock),
  });

async function listen(gate: Gate | null = null) {
  const registry = metricsOf(3);
  new Counter({ name: 'some_total', help: 'Some.', registers: [registry] }).inc(7);
  const server = createAdminServer({ registry, gate, console: noConsole, log: silentLog });
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

  it('lets only those read metrics who have the scope, but says to everybody that it lives', async () => {
    const reader = createApiKey('reader');
    const payer = createApiKey('payer');
    const recordOf = (key: string, id: string, scope: Scope) => ({
      id,
      caller: id,
      sha256: digestOf(key).toString('hex'),
      scopes: [scope],
    });
    const apiKeys = [recordOf(reader, 'reader', 'metrics:read'), recordOf(payer, 'payer', 'balance:write')];
    const credentials = { apiKeys, issuer: null };
    const { url } = await listen(
      new AccessGate({ credentials, rateLimit: null, isLocalOnly: true, salt: '', clock: systemClock, log: silentLog }),
    );
    const statusWith = async (path: string, authorization?: string) =>
      (await fetch(`${url}${path}`, authorization === undefined ? {} : { headers: { authorization } })).status;
    expect(await statusWith('/metrics')).toBe(401);
    expect(await statusWith('/metrics', 'Bearer wrong')).toBe(401);
    expect(await statusWith('/metrics', `Bearer ${payer}`)).toBe(403);
    expect(await statusWith('/metrics', `Bearer ${reader}`)).toBe(200);
    expect(await statusWith('/livez')).toBe(200);
  });

  it('answers 500 when the gate fails, and tells nothing of why', async () => {
    const { url } = await listen({ judge: () => Promise.reject(new Error('secret reason')) });
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
    const second = createAdminServer({
      registry: metricsOf(0),
      gate: null,
      console: noConsole,
      log: silentLog,
    });
    await expect(second.listen({ host: '127.0.0.1', port })).rejects.toThrow(
      `ADMIN_PORT ${port} on ADMIN_HOST 127.0.0.1 is in use`,
    );
  });
});
