import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Change, Operation } from '../../src/domain/operation.ts';
import { failed, type Outcome, rejected } from '../../src/domain/outcome.ts';
import { FakeService, holdAnswers, type Running, until, waysIn } from './fake-service.ts';
import { BATCH, batchOf, CHANGE, valid } from './hostile-case.ts';
import { changed, fittingOutcome, refused, SOME_ID } from './outcomes.ts';
import { exchange, message, type RawAnswer, RawConnection } from './raw-connection.ts';

const MB = 1024 * 1024;
const post = (port: number, body: string, headers: readonly string[] = []) =>
  exchange(port, message('POST', BATCH, { body, headers }));
const resultsOf = ({ body }: RawAnswer) => (JSON.parse(body) as { results: Record<string, unknown>[] }).results;
const items = (count: number, item: (index: number) => string) =>
  batchOf(Array.from({ length: count }, (_, i) => item(i)).join(','));

describe.each(waysIn)('through $way a batch', ({ start }) => {
  let service: FakeService;
  let running: Running;

  beforeEach(async () => {
    service = new FakeService();
    service.answer = fittingOutcome;
    running = await start(service.dependencies());
  });
  afterEach(() => running.close());

  test('reaches the operations item by item in its order, with ascending ids and one deadline', async () => {
    const answer = await post(
      running.port,
      items(1000, (i) => `{"userId":${1 + (i % 7)},"amount":${i + 1}}`),
    );
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    expect(resultsOf(answer).map(({ amount }) => amount)).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
    const operations = service.operations as Change[];
    expect(operations.map(({ amount }) => amount)).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
    expect(operations.map(({ userId }) => userId)).toEqual(Array.from({ length: 1000 }, (_, i) => 1 + (i % 7)));
    const ids = operations.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(new Set(operations.map(({ deadlineMs }) => deadlineMs)).size).toBe(1);
    expect(
      operations.every(({ kind, isRetry, idempotencyKey }) => kind === 'change' && !isRetry && idempotencyKey === null),
    ).toBe(true);
  });

  test('answers in the order of its items, in whatever order the outcomes come', async () => {
    const waiting: (() => void)[] = [];
    service.answer = (operation) => new Promise((resolve) => waiting.push(() => resolve(fittingOutcome(operation))));
    const sent = post(
      running.port,
      items(50, (i) => `{"userId":7,"amount":${i + 1}}`),
    );
    await until(() => waiting.length === 50);
    for (const settle of waiting.reverse()) settle();
    expect(resultsOf(await sent).map(({ amount }) => amount)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  });

  test('hands the keys of its items over as the header would', async () => {
    const key = (text: string) => `{"userId":7,"amount":-2,"idempotencyKey":${text}}`;
    expect(
      (await post(running.port, batchOf([key('"order 1"'), valid, key('"\\"order 2\\""')].join(',')))).status,
    ).toBe(200);
    expect((service.operations as Change[]).map(({ idempotencyKey }) => idempotencyKey)).toEqual([
      'order 1',
      null,
      'order 2',
    ]);
  });

  const outcomes: [string, Outcome, number][] = [
    ['a change', changed(), 200],
    ['a refused withdrawal', refused('insufficient_funds', -2), 409],
    ['a refused deposit', refused('balance_limit_exceeded', 2), 409],
    ['an unknown user', rejected('user_not_found'), 404],
    ['a reused key', rejected('idempotency_key_reused'), 422],
    ['an overload', failed('overloaded'), 503],
    ['a lost database', failed('not_ready'), 503],
    ['a defect', failed('internal'), 500],
    ['an unknown outcome', failed('outcome_unknown'), 504],
  ];
  test.each(outcomes)(
    'tells of %s with the status and body that a single change has',
    async (_what, outcome, status) => {
      service.answer = () => outcome;
      const single = await exchange(running.port, message('POST', CHANGE, { body: valid }));
      const batch = await post(running.port, batchOf(`${valid},${valid}`));
      const item = { status, ...JSON.parse(single.body) };
      expect(single.status).toBe(status);
      expect(batch.status).toBe(200);
      expect(resultsOf(batch)).toEqual([item, item]);
    },
  );

  test('tells of a replay in the item, and of others nothing', async () => {
    const plain = [changed(), refused('insufficient_funds', -2)];
    const replayed = [changed({ replayed: true }), refused('insufficient_funds', -2, true)];
    const prepared: Outcome[] = [...plain, ...replayed];
    service.answer = () => prepared.shift() as Outcome;
    const results = resultsOf(await post(running.port, batchOf([valid, valid, valid, valid].join(','))));
    expect(results.slice(2)).toEqual(results.slice(0, 2).map((item) => ({ ...item, replayed: true })));
    expect(results[0]).toEqual({ status: 200, userId: 7, amount: -2, balance: 98, version: 3, operationId: SOME_ID });
  });

  test('with one bad item is refused as a whole, and nothing is handed over', async () => {
    const answer = await post(running.port, batchOf(`${valid},{"userId":7,"amount":-2.0},${valid}`));
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({
      code: 'invalid_request',
      detail: expect.stringMatching(/^operations\[1\]: "amount"/),
    });
    expect(service.operations).toEqual([]);
  });

  test('of 10,000 items with the longest keys fits, a larger body does not', async () => {
    const longest = (i: number) =>
      `{"userId":9007199254740991,"amount":-9007199254740991,"idempotencyKey":"${String(i).padStart(255, 'k')}"}`;
    const body = items(10_000, longest);
    expect(resultsOf(await post(running.port, body))).toHaveLength(10_000);
    expect((await post(running.port, batchOf(valid).padEnd(4 * MB))).status).toBe(200);
    expect((await post(running.port, batchOf(valid).padEnd(4 * MB + 1))).status).toBe(413);
    expect(service.operations).toHaveLength(10_001);
  });

  test('in chunks beyond the limit is refused, and never handed over', async () => {
    const head = `POST ${BATCH} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunk = `100000\r\n${' '.repeat(MB)}\r\n`;
    const answer = await exchange(
      running.port,
      `${head}${chunk.repeat(5)}${batchOf(valid).length.toString(16)}\r\n${batchOf(valid)}\r\n0\r\n\r\n`,
    );
    expect(answer.status).toBe(413);
    expect(service.operations).toEqual([]);
  });

  test('whose handler throws is answered 500 as one', async () => {
    service.answer = () => {
      throw new TypeError('a planted defect');
    };
    const answer = await post(running.port, batchOf(`${valid},${valid}`));
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([500, 'internal']);
    expect(service.logged).toMatchObject([[{ err: { message: 'a planted defect' } }, expect.any(String)]]);
  });
});

describe('a batch through the front door', () => {
  let service: FakeService;
  let running: Running;

  beforeEach(async () => {
    service = new FakeService();
    service.answer = fittingOutcome;
    running = await (waysIn[1] as (typeof waysIn)[number]).start(service.dependencies());
  });
  afterEach(() => running.close());

  const big = message('POST', BATCH, { body: items(10_000, () => valid) });
  /** 128 MiB in shares of 10,000 KiB. */
  const FULL = 13;
  const sendAgainUntilAnswered = async (status: number) => {
    const endsAt = Date.now() + 5000;
    while ((await exchange(running.port, big)).status !== status) if (Date.now() > endsAt) throw new Error('in vain');
  };

  test.each([
    ['connections of their own', FULL],
    ['one connection, where all but the first wait for it', 1],
  ])('finds no room while others hold it on %s, and room again when those are gone', async (_how, count) => {
    const release = holdAnswers(service);
    const holding = await Promise.all(Array.from({ length: count }, () => RawConnection.open(running.port)));
    for (let i = 0; i < FULL; i += 1) holding[i % count]?.send(big);
    await until(() => service.operations.length === FULL * 10_000);
    service.answer = fittingOutcome;
    const refusedOne = await exchange(running.port, big);
    expect([refusedOne.status, refusedOne.headers['retry-after']]).toEqual([503, '1']);
    expect(JSON.parse(refusedOne.body).code).toBe('overloaded');
    expect(service.operations).toHaveLength(FULL * 10_000);
    expect((await exchange(running.port, message('POST', CHANGE, { body: valid }))).status).toBe(200);
    for (const connection of holding) connection.destroy();
    await sendAgainUntilAnswered(200);
    release(changed());
  });

  test('gives its room back with its answer, while the connection stays', async () => {
    const connection = await RawConnection.open(running.port);
    for (let i = 0; i < FULL + 2; i += 1) expect((await connection.send(big).answer()).status).toBe(200);
    connection.destroy();
  });

  test('that is not wholly there by the time it is cut off changes nothing', async () => {
    const bytes = message('POST', BATCH, { body: batchOf(`${valid},${valid}`) });
    for (let end = bytes.length - 30; end < bytes.length; end += 1) {
      const connection = await RawConnection.open(running.port);
      connection.send(bytes.subarray(0, end)).socket.end();
      expect(await connection.closed()).toMatch(/^(HTTP\/1\.1 400 |$)/);
    }
    expect(service.operations satisfies Operation[]).toEqual([]);
  });
});
