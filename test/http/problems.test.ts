import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/access/gate.ts';
import { failed, type Outcome, rejected } from '../../src/domain/outcome.ts';
import { PROBLEMS } from '../../src/http/problems.ts';
import type { HttpServer } from '../../src/http/server.ts';
import { FakeService, startServer } from './fake-service.ts';
import { hostileCases } from './hostile-cases.ts';
import { malformedMessages } from './hostile-framing.ts';
import { refused } from './outcomes.ts';
import { exchange, message, RawConnection } from './raw-connection.ts';

const verdicts: Verdict[] = [
  { kind: 'unauthorized', hasCredentials: true, quota: null },
  { kind: 'forbidden', scope: 'balance:write', quota: null },
  { kind: 'rate_limited', quota: null },
];

const byOutcome: Outcome[] = [
  refused('insufficient_funds', -2),
  refused('balance_limit_exceeded', 2),
  rejected('user_not_found'),
  rejected('user_exists'),
  rejected('idempotency_key_reused'),
  failed('internal'),
  failed('overloaded'),
  failed('not_ready'),
  failed('outcome_unknown'),
];
const change = message('POST', '/api/users/update-balance', { body: '{"userId":7,"amount":-2}' });

describe('the table of problems', () => {
  const service = new FakeService();
  let server: HttpServer;
  let port: number;

  beforeAll(async () => {
    ({ server, port } = await startServer(service, { receiveTimeoutMs: 300, checkingIntervalMs: 50 }));
  });
  afterAll(() => server.close());

  test('holds exactly what the service answers', async () => {
    const answered = new Set<string>();
    const note = (body: string) => answered.add(JSON.parse(body).code);
    for (const outcome of byOutcome) {
      service.answer = () => outcome;
      note((await exchange(port, change)).body);
    }
    const oneOfEach = new Map([...hostileCases, ...malformedMessages].map((one) => [one.code, one.bytes]));
    for (const bytes of oneOfEach.values()) note((await exchange(port, bytes)).body);
    for (const verdict of verdicts) {
      const guarded = await startServer(service, {}, { gate: { judge: () => verdict } });
      note((await exchange(guarded.port, change)).body);
      guarded.server.close();
    }
    const silent = await RawConnection.open(port);
    note((await silent.answer()).body);
    expect([...answered].sort()).toEqual(Object.keys(PROBLEMS).sort());
  });
});
