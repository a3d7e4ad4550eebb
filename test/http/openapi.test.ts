import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Gate, Verdict } from '../../src/access/gate.ts';
import { SCOPES } from '../../src/access/scope.ts';
import { type Balance, INTEGER_MAX, type UserId } from '../../src/domain/operation.ts';
import { type FailureCode, failed, type Outcome, type RejectionCode, rejected } from '../../src/domain/outcome.ts';
import { createDocument } from '../../src/http/openapi/document.ts';
import type { HttpServer } from '../../src/http/server.ts';
import { askedBy, Contract } from './contract.ts';
import {
  about,
  all,
  bytesOf,
  changeMany,
  changes,
  createUser,
  guarded,
  health,
  reads,
  type SoundRequest,
} from './contract-requests.ts';
import { FakeService, startServer } from './fake-service.ts';
import { BATCH, CHANGE } from './hostile-case.ts';
import { hostileCases } from './hostile-cases.ts';
import { malformedMessages } from './hostile-framing.ts';
import { balanceRead, changed, created, entriesRead, fittingOutcome, refused } from './outcomes.ts';
import { exchange, message, type RawAnswer, RawConnection } from './raw-connection.ts';

const FAILURES: readonly FailureCode[] = ['overloaded', 'not_ready', 'internal', 'outcome_unknown'];
const QUOTA = { requests: 5, windowS: 60, remaining: 3, resetS: 60 };
const admitted: Verdict = { kind: 'admitted', caller: null, quota: null, count: null };

/** Every outcome that the ledger has for a change. */
const outcomesOfChange: readonly Outcome[] = [
  changed(),
  changed({ replayed: true }),
  ...[false, true].flatMap((replayed) => [
    refused('insufficient_funds', -2, replayed),
    { ...refused('balance_limit_exceeded', 2, replayed), balance: INTEGER_MAX as Balance },
  ]),
  ...(['user_not_found', 'idempotency_key_reused'] satisfies RejectionCode[]).map(rejected),
  ...FAILURES.map(failed),
];
const outcomesOfCreation: readonly Outcome[] = [
  created(7),
  created(7, true),
  ...(['user_exists', 'idempotency_key_reused'] satisfies RejectionCode[]).map(rejected),
  ...FAILURES.map(failed),
];
/** A question changes nothing, so its outcome is never unknown. */
const outcomesOfRead: readonly Outcome[] = [rejected('user_not_found'), ...FAILURES.slice(0, 3).map(failed)];

describe('the OpenAPI document', () => {
  const document = createDocument();
  const contract = new Contract(document);
  const bodies = new Set<string>();
  let service: FakeService;
  let verdict: Verdict;
  let server: HttpServer;
  let port: number;

  const gate: Gate = { judge: () => verdict };

  beforeAll(async () => {
    service = new FakeService();
    ({ server, port } = await startServer(service, { receiveTimeoutMs: 1000, checkingIntervalMs: 50 }, { gate }));
  });
  beforeEach(() => {
    service.answer = fittingOutcome;
    service.isReady = true;
    verdict = admitted;
  });
  afterAll(() => server.close());

  function judge(bytes: Buffer, answer: RawAnswer): string[] {
    bodies.add(answer.body);
    return contract.judge(askedBy(bytes), answer);
  }

  async function holds(bytes: Buffer): Promise<RawAnswer> {
    const answer = await exchange(port, bytes, askedBy(bytes)?.method === 'HEAD');
    expect(judge(bytes, answer)).toEqual([]);
    return answer;
  }

  async function holdsFor(requests: readonly SoundRequest[], outcomes: readonly Outcome[]): Promise<void> {
    for (const outcome of outcomes) {
      service.answer = () => outcome;
      for (const each of requests) await holds(bytesOf(each));
    }
  }

  test('says what becomes of a change, alone and in a batch', async () => {
    await holdsFor([...changes, changeMany], outcomesOfChange);
  });

  test('says what becomes of a creation', async () => {
    await holdsFor([createUser], outcomesOfCreation);
    service.allocate = async () => null;
    await holds(message('POST', '/api/users', { body: '{}' }));
    service.allocate = async () => 12 as UserId;
    service.answer = () => rejected('user_exists');
    await holds(message('POST', '/api/users', { body: '{"balance":1}' }));
  });

  test('says what is read', async () => {
    await holdsFor(reads, outcomesOfRead);
    service.answer = ({ kind }) => (kind === 'balance' ? balanceRead : entriesRead);
    for (const each of reads) await holds(bytesOf(each));
    service.answer = () => ({ kind: 'entries', entries: [], nextBefore: null });
    await holds(message('GET', '/api/users/7/entries?limit=1&before=2&refused=true'));
  });

  test('says whether it lives, is ready, and what describes it', async () => {
    for (const each of [...health, ...about]) await holds(bytesOf(each));
    service.isReady = false;
    for (const each of health) await holds(bytesOf(each));
    for (const each of about) {
      const { headers } = await holds(bytesOf(each));
      expect((await holds(bytesOf(each, [`If-None-Match: ${headers.etag}`]))).status).toBe(304);
    }
  });

  test('says what HEAD is answered', async () => {
    for (const { path } of [...reads, ...health, ...about]) await holds(message('HEAD', path));
  });

  test('says what who is not let in is told, for every operation that asks', async () => {
    const verdicts: Verdict[] = [
      { kind: 'unauthorized', hasCredentials: true, quota: null },
      { kind: 'unauthorized', hasCredentials: false, quota: QUOTA },
      ...SCOPES.map((scope): Verdict => ({ kind: 'forbidden', scope, quota: QUOTA })),
      { kind: 'foreign', quota: null },
      { kind: 'rate_limited', quota: { ...QUOTA, remaining: 0 } },
      { kind: 'rate_limited', quota: null },
      { kind: 'undecided', quota: null },
      { ...admitted, quota: QUOTA },
      { ...admitted, quota: QUOTA, count: () => ({ isAdmitted: false, quota: QUOTA }) },
    ];
    for (const each of verdicts) {
      verdict = each;
      for (const request of guarded) await holds(bytesOf(request));
    }
  });

  test('asks for the scope of each operation, and for none where anybody may ask', async () => {
    const asked = new Map<string, string>();
    gate.judge = (_visitor, scope) => ({ kind: 'forbidden', scope, quota: null });
    for (const each of all) {
      const { status, body } = await exchange(port, bytesOf(each));
      if (status === 403) asked.set(`${each.method} ${each.path}`, /scope ([\w:]+)/.exec(body)?.[1] ?? '');
    }
    gate.judge = () => verdict;
    const documented = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, { security }]) => {
        const scope = security[0]?.bearer?.[0];
        const name = `${method.toUpperCase()} ${path.replace('{userId}', '7')}`;
        return scope === undefined ? [] : [[name, scope] as const];
      }),
    );
    expect(Object.fromEntries(asked)).toEqual(Object.fromEntries(documented));
  });

  test('says what a defect of the service is answered', async () => {
    service.answer = () => {
      throw new TypeError('a planted defect');
    };
    for (const each of guarded) await holds(bytesOf(each));
  });

  test('says what every operation answers to a request that is broken', async () => {
    const tooMany = Array.from({ length: 101 }, (_, i) => `X-${i}: 1`);
    for (const each of all) {
      expect((await holds(bytesOf(each, ['Host: twice']))).status).toBe(400);
      expect((await holds(bytesOf(each, tooMany))).status).toBe(431);
      expect((await holds(bytesOf(each, ['Expect: x']))).status).toBe(417);
      expect((await holds(message('DELETE', each.path))).status).toBe(405);
    }
  });

  test('says what every operation answers to a request that never ends', async () => {
    const answers = await Promise.all(
      all.map(async (each) => {
        const bytes = bytesOf(each).subarray(0, -1);
        const connection = await RawConnection.open(port);
        const answer = await connection.send(bytes).answer();
        connection.destroy();
        return { bytes, answer };
      }),
    );
    for (const { bytes, answer } of answers) {
      expect(answer.status).toBe(408);
      expect(judge(bytes, answer)).toEqual([]);
    }
  });

  test('says what a connection that is one too many is answered', async () => {
    const full = await startServer(service, { connectionsMax: 0 });
    const connection = await RawConnection.open(full.port);
    expect(contract.judge(null, await connection.answer())).toEqual([]);
    connection.destroy();
    full.server.close();
  });

  test('says what every hostile message is answered', async () => {
    const undocumented: string[] = [];
    for (const { bytes } of [...hostileCases, ...malformedMessages]) {
      undocumented.push(...judge(bytes, await exchange(port, bytes)));
    }
    expect(undocumented).toEqual([]);
  });

  test('says nothing that was not answered above', () => {
    // No fault of their own can be provoked in these.
    const infallible = ['readLiveness', 'readReadiness', 'readOpenApiDocument', 'readDocs'].map(
      (id) => `${id} 500 internal`,
    );
    expect(contract.unseen().filter((kind) => !infallible.includes(kind))).toEqual([]);
  });

  test('gives examples of problems that were all answered above', () => {
    const examples = contract.problemExamples().map((example) => JSON.stringify(example));
    expect(examples.length).toBeGreaterThanOrEqual(20);
    expect(examples.filter((example) => !bodies.has(example))).toEqual([]);
  });

  test('does not let pass a status, a code, a member or a field that it does not say', async () => {
    const [change] = changes as [SoundRequest];
    const asked = { method: change.method, target: change.path };
    const answer = await holds(bytesOf(change));
    const problem = await holds(message('POST', BATCH, { body: '{}' }));
    const judged = (changes: Partial<RawAnswer>) => contract.judge(asked, { ...answer, ...changes });
    expect(judged({ status: 202 })).toEqual([expect.stringContaining('202  is not in the document')]);
    expect(judged({ body: answer.body.replace('}', ',"more":1}') })).toEqual([expect.stringContaining('additional')]);
    expect(judged({ body: answer.body.replace(/,"version":\d+/, '') })).toEqual([expect.stringContaining('required')]);
    expect(judged({ headers: { ...answer.headers, 'x-more': '1' } })).toEqual([expect.stringContaining('x-more')]);
    const coded = { ...problem, body: problem.body.replaceAll('invalid_request', 'odd_request') };
    expect(contract.judge({ method: 'POST', target: CHANGE }, coded)).toEqual([expect.stringContaining('refuses')]);
    const silent = { ...problem, status: 503, body: problem.body };
    expect(contract.judge(asked, silent).join()).toContain('retry-after');
    expect(contract.judge({ method: 'PUT', target: CHANGE }, answer)).toEqual([expect.stringContaining('not in the')]);
  });
});
