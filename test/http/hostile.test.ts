import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FakeService, type Running, waysIn } from './fake-service.ts';
import { BATCH, batchOf, CHANGE, valid } from './hostile-case.ts';
import { hostileCases } from './hostile-cases.ts';
import { malformedMessages } from './hostile-framing.ts';
import { fittingOutcome } from './outcomes.ts';
import { exchange, message, type RawAnswer, RawConnection } from './raw-connection.ts';

function expectProblem(answer: RawAnswer, status: number, code: string): void {
  const problem = JSON.parse(Buffer.from(answer.body, 'latin1').toString());
  expect({ status: answer.status, code: problem.code, detail: problem.detail }).toEqual({
    status,
    code,
    detail: expect.stringMatching(/./),
  });
  expect(problem).toMatchObject({ type: `urn:highload-user-balance:problem:${code}`, status });
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.headers['cache-control']).toBe('no-store');
}

test('there are enough hostile cases, and each is there once', () => {
  const sent = [...hostileCases, ...malformedMessages].map(({ bytes }) => bytes.toString('latin1'));
  expect(new Set(sent).size).toBe(sent.length);
  expect(sent.length).toBeGreaterThanOrEqual(1500);
});

describe.each(waysIn)('through $way', ({ start }) => {
  const service = new FakeService();
  let running: Running;

  beforeAll(async () => {
    service.answer = fittingOutcome;
    running = await start(service.dependencies());
  });
  beforeEach(() => {
    service.operations.length = 0;
  });
  afterAll(() => running.close());

  test.each(hostileCases)('$what is answered $status $code and changes nothing', async ({ bytes, status, code }) => {
    expectProblem(await exchange(running.port, bytes), status, code);
    expect(service.operations).toEqual([]);
  });

  test('a method that is not allowed is told which are', async () => {
    const allowed = async (path: string) => (await exchange(running.port, message('DELETE', path))).headers.allow;
    expect(await allowed(CHANGE)).toBe('POST');
    expect(await allowed(BATCH)).toBe('POST');
    expect(await allowed('/api/users')).toBe('POST');
    expect(await allowed('/api/users/7/balance')).toBe('GET, HEAD, PATCH');
    expect(await allowed('/api/users/7/entries')).toBe('GET, HEAD');
    expect(await allowed('/livez')).toBe('GET, HEAD');
  });

  test('no body whatsoever is answered with a 5xx', async () => {
    const connection = await RawConnection.open(running.port);
    const nearlyValid = fc
      .array(fc.constantFrom('{', '}', '"userId"', '"amount"', ':', ',', '1', '-2', '0', ' ', '"', '[', '1.0', 'null'))
      .map((pieces) => Buffer.from(pieces.join('')));
    const anyBody = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map(Buffer.from),
      nearlyValid,
      fc.json().map(Buffer.from),
    );
    await fc.assert(
      fc.asyncProperty(anyBody, async (body) => {
        service.operations.length = 0;
        const { status } = await connection.send(message('POST', CHANGE, { body })).answer();
        expect(status === 200 ? 1 : 0).toBe(service.operations.length);
        if (status !== 200) expect(status).toBe(400);
      }),
      { numRuns: 500 },
    );
    connection.destroy();
  });

  test('no path or query whatsoever is answered with a 5xx', async () => {
    const connection = await RawConnection.open(running.port);
    const pieces = fc.constantFrom(
      '/',
      'api',
      'users',
      '7',
      'balance',
      'entries',
      '?',
      '&',
      '=',
      '%',
      '%2F',
      '..',
      'limit',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 12 }), async (written) => {
        const { status } = await connection.send(message('GET', `/${written.join('')}`)).answer();
        expect([200, 400, 404, 405]).toContain(status);
      }),
      { numRuns: 500 },
    );
    connection.destroy();
  });
});

describe('both ways in', () => {
  const services = waysIn.map(() => new FakeService());
  let running: Running[];

  beforeAll(async () => {
    for (const service of services) service.answer = fittingOutcome;
    running = await Promise.all(waysIn.map(({ start }, i) => start((services[i] as FakeService).dependencies())));
  });
  afterAll(() => Promise.all(running.map((one) => one.close())));

  test('answer every request with the same bytes', async () => {
    const fine = [
      message('POST', CHANGE, { body: '{"userId":7,"amount":-2}' }),
      message('PATCH', '/api/users/7/balance', { body: '{"amount":-2}', headers: ['Idempotency-Key: a'] }),
      message('POST', BATCH, { body: batchOf(`${valid},{"userId":8,"amount":1,"idempotencyKey":"a"}`) }),
      message('GET', '/api/users/7/balance'),
      message('GET', '/api/users/7/entries?limit=5'),
      message('POST', '/api/users', { body: '{"userId":9}' }),
      message('GET', '/readyz'),
    ];
    // The two servers keep idle connections for different times, which the Keep-Alive field says.
    const withoutKeepAlive = ({ text }: RawAnswer) => text.replace(/^Keep-Alive: .*$/m, '');
    for (const bytes of [...fine, ...hostileCases.map((one) => one.bytes)]) {
      const answers = await Promise.all(running.map(({ port }) => exchange(port, bytes)));
      const [express, frontDoor] = answers.map(withoutKeepAlive);
      expect(frontDoor).toBe(express);
    }
  });
});

describe('a malformed message', () => {
  const service = new FakeService();
  let running: Running;

  beforeEach(async () => {
    service.answer = fittingOutcome;
    service.operations.length = 0;
    running = await (waysIn[1] as (typeof waysIn)[number]).start(service.dependencies());
  });
  afterEach(() => running.close());

  test.each(malformedMessages)('with $what is answered $status $code and closed', async ({ bytes, status, code }) => {
    const connection = await RawConnection.open(running.port);
    const answer = await connection.send(bytes).answer();
    expectProblem(answer, status, code);
    expect(answer.headers.connection).toBe('close');
    expect(await connection.closed()).toBe('');
    expect(service.operations).toEqual([]);
    expect((await exchange(running.port, message('GET', '/livez'))).status).toBe(200);
  });

  test('that ends before it is whole is never taken for a request, wherever it ends', async () => {
    const inChunks = `POST ${CHANGE} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n18\r\n${valid}\r\n0\r\n\r\n`;
    for (const whole of [message('POST', CHANGE, { body: valid }), Buffer.from(inChunks)]) {
      for (let end = 0; end < whole.length; end += 1) {
        const connection = await RawConnection.open(running.port);
        connection.send(whole.subarray(0, end)).socket.end();
        const received = await connection.closed();
        if (received !== '') expect(received).toMatch(/^HTTP\/1\.1 400 /);
        expect(service.operations).toEqual([]);
      }
    }
  });
});
