import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { sendChanges } from '../support/load.ts';
import { Service, type ServiceOptions } from '../support/service.ts';

const database = useDatabase();
const running: Service[] = [];
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const otelFile = fileURLToPath(new URL('./fixtures/otel.mjs', import.meta.url));

function launch(options: Partial<ServiceOptions> & { readonly workers: number }): Service {
  const service = new Service({ databaseUrl: database.url, ...options });
  running.push(service);
  return service;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.end('SIGKILL')));
});

async function scrape(service: Service): Promise<string> {
  const port = /"port":(\d+),"msg":"the admin listener/.exec(service.stderr)?.[1];
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

/** The sum of all series of a metric whose labels have all these. */
function sumIn(text: string, name: string, ...labels: string[]): number {
  const series = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  const wanted = series.filter((line) => labels.every((label) => line.includes(label)));
  return wanted.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

const acceptedIn = (text: string) =>
  sumIn(text, 'user_balance_operations_total', 'operation="change"', 'outcome="accepted"');

describe('the metrics of a cluster', () => {
  it('add up over the workers, and never fall when one is killed and another takes its place', async () => {
    const service = await launch({ workers: 2 }).whenReady();
    const userId = await service.createUser(1_000_000);
    await sendChanges(service.url, { userId, amount: -1, count: 500, connections: 20 });
    // Each worker tells once a second, and one may have asked what another has done.
    const isTold = (text: string) => acceptedIn(text) === 500 && sumIn(text, 'user_balance_round_entries_sum') === 500;
    await vi.waitUntil(async () => isTold(await scrape(service)), { timeout: 5000, interval: 100 });
    const before = await scrape(service);
    expect(sumIn(before, 'user_balance_http_requests_total', 'update-balance"', 'status="200"')).toBe(500);
    expect(sumIn(before, 'user_balance_worker_state', 'state="serving"')).toBe(2);
    expect(sumIn(before, 'user_balance_worker_resident_memory_bytes', 'slot="1"')).toBeGreaterThan(1e7);

    process.kill(service.workerPids()[0] as number, 'SIGKILL');
    process.kill(service.workerPids()[1] as number, 'SIGKILL');
    const seen: number[] = [];
    await vi.waitUntil(
      async () => {
        const text = await scrape(service);
        seen.push(acceptedIn(text));
        // Right after the kill both still count as serving.
        const died = sumIn(text, 'user_balance_state_changes_total', 'worker_died');
        return died === 2 && sumIn(text, 'user_balance_worker_state', 'state="serving"') === 2;
      },
      { timeout: 10_000, interval: 20 },
    );
    expect(Math.min(...seen)).toBe(500);
    await sendChanges(service.url, { userId, amount: -1, count: 100, connections: 5 });
    await vi.waitUntil(async () => acceptedIn(await scrape(service)) === 600, { timeout: 5000, interval: 100 });
  });

  it('keep the last counts of a worker that is replaced in an orderly way', async () => {
    const service = await launch({ workers: 1 }).whenReady();
    const userId = await service.createUser(1_000_000);
    await sendChanges(service.url, { userId, amount: -1, count: 50, connections: 5 });
    service.process.kill('SIGHUP');
    await vi.waitUntil(() => service.stderr.includes('a worker was replaced'), { timeout: 20_000 });
    expect(acceptedIn(await scrape(service))).toBe(50);
    for (const line of ['a worker takes no more requests', 'a worker has answered everything', 'a worker has ended']) {
      expect(service.stderr).toContain(line);
    }
  });

  it('are those of the launcher only when METRICS is off', async () => {
    const service = await launch({ workers: 1, environment: { METRICS: 'off' } }).whenReady();
    await service.createUser(5);
    const text = await scrape(service);
    expect(text).toContain('user_balance_workers 1');
    expect(text).not.toContain('user_balance_http_requests_total');
  });
});

describe('the traces of a cluster', () => {
  it('are made with what the operator has registered, in every worker', async () => {
    const service = await launch({
      workers: 1,
      environment: { NODE_OPTIONS: `--import ${otelFile}`, LOG_LEVEL: 'info' },
    }).whenReady();
    const traceparent = `00-${TRACE_ID}-00f067aa0ba902b7-01`;
    const { status } = await service.request('POST', '/api/users', { balance: 5 }, { traceparent });
    expect(status).toBe(201);
    await vi.waitUntil(() => service.stderr.includes('"span"'), { timeout: 5000 });
    expect(service.stderr).toContain(
      JSON.stringify({ span: 'POST /api/users', traceId: TRACE_ID, parent: '00f067aa0ba902b7' }),
    );
  });
});
