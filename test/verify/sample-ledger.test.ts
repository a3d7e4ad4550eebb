import { Registry } from 'prom-client';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createVerifyMetrics } from '../../src/observability/verify-metrics.ts';
import { BackgroundCheck } from '../../src/verify/background-check.ts';
import { FINDING_KINDS } from '../../src/verify/finding.ts';
import { sampleLedger } from '../../src/verify/sample-ledger.ts';
import { useDatabase } from '../support/database.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { addUsers, allowDamage, clear } from './damage.ts';

const database = useDatabase();

beforeAll(() => allowDamage(database));
afterEach(() => clear(database));

describe('a sample of the ledger', () => {
  it('of an empty one is empty', async () => {
    expect(await sampleLedger({ databaseUrl: database.url, after: '0', users: 10, entriesPerUser: 5 })).toEqual({
      users: 0,
      entries: 0,
      findings: [],
      after: '0',
    });
  });

  it('has no more users than asked for, and of each no more entries', async () => {
    await addUsers(database, 1, 400, 6);
    const result = await sampleLedger({ databaseUrl: database.url, after: '0', users: 25, entriesPerUser: 4 });
    expect(result.findings).toEqual([]);
    expect(result.users).toBeGreaterThan(5);
    expect(result.users).toBeLessThanOrEqual(25);
    expect(result.entries).toBe(result.users * 4);
  });

  it('comes from all over the ids, sparse ones too', async () => {
    await addUsers(database, 1, 100, 1);
    await addUsers(database, 9_007_199_254_740_900, 9_007_199_254_740_991, 1);
    await database.query('update users set balance = 1 where id > 1000');
    const { findings } = await sampleLedger({ databaseUrl: database.url, after: '0', users: 50, entriesPerUser: 4 });
    expect(findings.length).toBeGreaterThan(0);
  });

  it('comes to every user in time, however wide the gaps between ids are', async () => {
    await addUsers(database, 1, 100, 1);
    await addUsers(database, 9_007_199_254_740_991, 9_007_199_254_740_991, 1);
    await database.query('update users set balance = 7 where id = 77');
    let after = '0';
    const found = new Set<string>();
    for (let samples = 0; samples < 11; samples += 1) {
      const sample = await sampleLedger({ databaseUrl: database.url, after, users: 20, entriesPerUser: 4 });
      for (const { userId } of sample.findings) found.add(userId);
      after = sample.after;
    }
    expect([...found]).toEqual(['77']);
    expect(after).toBe('0');
  });

  it('finds what is wrong with the newest entries', async () => {
    await addUsers(database, 5, 5, 9);
    await database.query('update entries set balance = 1 where version = 8');
    const { findings } = await sampleLedger({ databaseUrl: database.url, after: '0', users: 10, entriesPerUser: 3 });
    expect(findings).toMatchObject([{ kind: 'broken_chain', userId: '5', version: '8' }]);
  });
});

describe('the background check', () => {
  function start(options: { readonly databaseUrl?: string; readonly isActive?: () => boolean } = {}) {
    const clock = new ManualClock();
    const registry = new Registry();
    const logged: unknown[] = [];
    const background = new BackgroundCheck({
      databaseUrl: options.databaseUrl ?? database.url,
      intervalMs: 60_000,
      sampleUsers: 10,
      isActive: options.isActive ?? (() => true),
      metrics: createVerifyMetrics(registry, FINDING_KINDS),
      clock,
      log: { error: (fields: unknown) => logged.push(fields), warn: (fields: unknown) => logged.push(fields) },
    });
    background.start();
    return { background, clock, registry, logged };
  }

  const metricOf = async (registry: Registry, line: string) => {
    const found = (await registry.metrics()).split('\n').find((each) => each.startsWith(`${line} `));
    return found === undefined ? undefined : Number(found.slice(line.length + 1));
  };

  it('counts what it checks, interval after interval', async () => {
    await addUsers(database, 1, 10, 3);
    const { background, clock, registry } = start();
    expect(await metricOf(registry, 'user_balance_verify_findings_total{kind="orphan_entry"}')).toBe(0);
    for (const checks of [1, 2]) {
      clock.advance(60_000);
      await vi.waitUntil(
        async () => (await metricOf(registry, 'user_balance_verify_duration_seconds_count')) === checks,
      );
      await vi.waitUntil(() => clock.pending > 0);
    }
    background.close();
    expect(await metricOf(registry, 'user_balance_verify_users_total')).toBeGreaterThan(1);
    expect(await metricOf(registry, 'user_balance_verify_last_success_timestamp_seconds')).toBeGreaterThan(0);
    expect(await metricOf(registry, 'user_balance_verify_failures_total')).toBe(0);
  });

  it('logs a finding with its user, and does not call that a success', async () => {
    await addUsers(database, 5, 5, 3);
    await database.query('update users set balance = 1');
    const { background, clock, registry, logged } = start();
    clock.advance(60_000);
    await vi.waitUntil(() => logged.length > 0);
    background.close();
    expect(logged).toMatchObject([{ kind: 'balance_mismatch', userId: '5' }]);
    expect(await metricOf(registry, 'user_balance_verify_findings_total{kind="balance_mismatch"}')).toBe(1);
    expect(await metricOf(registry, 'user_balance_verify_last_success_timestamp_seconds')).toBe(0);
  });

  it('counts a database that is away as a failure, and goes on', async () => {
    const { background, clock, registry } = start({ databaseUrl: 'postgres://nobody@127.0.0.1:1/x' });
    for (const failures of [1, 2]) {
      clock.advance(60_000);
      await vi.waitUntil(async () => (await metricOf(registry, 'user_balance_verify_failures_total')) === failures);
      await vi.waitUntil(() => clock.pending > 0);
    }
    background.close();
  });

  it('checks nothing while it is not active', async () => {
    await addUsers(database, 1, 10, 3);
    const asked: boolean[] = [];
    const isActive = () => {
      asked.push(true);
      return false;
    };
    const { background, clock, registry } = start({ isActive });
    clock.advance(60_000);
    await vi.waitUntil(() => clock.pending > 0);
    background.close();
    expect(asked).toHaveLength(1);
    expect(await metricOf(registry, 'user_balance_verify_users_total')).toBe(0);
  });
});
