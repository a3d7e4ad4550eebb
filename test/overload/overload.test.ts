import { afterAll, beforeAll, expect, test } from 'vitest';
import { generate } from '../../bench/overload/generator.ts';
import { createUsers, slowDown } from '../../bench/overload/slow-ledger.ts';
import { useDatabase } from '../support/database.ts';
import { Service } from '../support/service.ts';

/** A statement takes so long, and changes 1,024 users at most: a ledger that bears about 1,100 changes a second. */
const ROUND_MS = 900;
const BEARABLE_PER_S = 1024 / (ROUND_MS / 1000);
const TIMEOUT_MS = 4000;

const database = useDatabase();
let service: Service;

beforeAll(async () => {
  const client = await database.connect();
  await createUsers(client, 10_000);
  await slowDown(client, ROUND_MS);
  const environment = { REQUEST_TIMEOUT_MS: String(TIMEOUT_MS) };
  service = await new Service({ databaseUrl: database.url, workers: 1, environment }).whenReady();
});
afterAll(() => service.end());

test('three times the bearable load is served as far as it can be, and the rest is told so in time', async () => {
  const report = await generate({
    url: service.url,
    ratePerS: 3 * BEARABLE_PER_S,
    callersMax: 12_000,
    patienceMs: 2 * TIMEOUT_MS,
    // Longer than the timeout, so that a queue as long as the deadline would have built up.
    warmUpMs: TIMEOUT_MS + 1000,
    durationMs: TIMEOUT_MS + 1000 + 5 * ROUND_MS,
    users: 10_000,
  });
  const { doneLatenciesMs, shedLatenciesMs, statuses, seconds } = report;
  // Loose, since the machine may be busy with something else: with nothing shed early this is a fifth of it, and most outcomes are
  // unknown.
  expect(doneLatenciesMs.length / seconds).toBeGreaterThan(0.4 * BEARABLE_PER_S);
  expect(statuses[504] ?? 0).toBeLessThan(doneLatenciesMs.length / 4);
  expect(shedLatenciesMs.length).toBeGreaterThan(doneLatenciesMs.length / 2);
});
