import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { StreamPlan } from '../../bench/stream/plan.ts';
import { sendStream } from '../../bench/stream/send-stream.ts';

let server: Server | null = null;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function stream(listener: RequestListener, plan: Partial<StreamPlan>) {
  server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const whole: StreamPlan = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: 4,
    users: { firstId: 1, count: 10 },
    choice: 'in-turn',
    readShare: 0,
    itemsPerRequest: null,
    ratePerS: null,
    leadInMs: 0,
    durationMs: 10_000,
    requestsMax: Number.POSITIVE_INFINITY,
    ...plan,
  };
  return sendStream(whole, () => undefined);
}

async function bodyOf(request: IncomingMessage): Promise<{ readonly userId?: number }> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text === '' ? {} : JSON.parse(text);
}

const answer: RequestListener = async (request, response) => {
  const { userId } = await bodyOf(request);
  const isRead = request.method === 'GET';
  const id = isRead ? Number(request.url?.split('/')[3]) : userId;
  const body = { userId: id, balance: 8, version: 2, operationId: isRead ? undefined : `of ${id}` };
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
};

describe('a stream of requests', () => {
  it('asks for as many as it may, each of its users in turn, and brings home what was answered', async () => {
    const result = await stream(answer, { requestsMax: 10, connections: 1 });
    expect(result.outcomes).toEqual({ 200: 10 });
    expect(result.latenciesMs).toHaveLength(10);
    expect(result.accepted).toEqual({
      userIds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      balances: Array(10).fill(8),
      versions: Array(10).fill(2),
      operationIds: Array.from({ length: 10 }, (_, index) => `of ${index + 1}`),
    });
  });

  describe('of batches', () => {
    interface Batch {
      readonly operations: readonly { readonly userId: number; readonly amount: number }[];
    }

    const answerEach =
      (resultOf: (userId: number) => object, told = Number.POSITIVE_INFINITY): RequestListener =>
      async (request, response) => {
        const { operations } = (await bodyOf(request)) as unknown as Batch;
        const results = operations.slice(0, told).map(({ userId }) => resultOf(userId));
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ results }));
      };
    const accepted = (userId: number) => ({ status: 200, userId, balance: 8, version: 2, operationId: `of ${userId}` });

    it('asks the batch endpoint for as many withdrawals as it should, each of its users in turn', async () => {
      const asked: unknown[] = [];
      const listener: RequestListener = async (request, response) => {
        asked.push([request.url, await bodyOf(request)]);
        response.end('{"results":[]}');
      };
      await stream(listener, { requestsMax: 2, connections: 1, itemsPerRequest: 2 });
      const operations = (...ids: readonly number[]) => ({ operations: ids.map((userId) => ({ userId, amount: -2 })) });
      expect(asked).toEqual([
        ['/api/users/update-balances', operations(1, 2)],
        ['/api/users/update-balances', operations(3, 4)],
      ]);
    });

    it('counts every item as an answer, and every request as one latency', async () => {
      const result = await stream(answerEach(accepted), { requestsMax: 2, connections: 1, itemsPerRequest: 3 });
      expect(result.outcomes).toEqual({ 200: 6 });
      expect(result.latenciesMs).toHaveLength(2);
      expect(result.accepted.operationIds).toEqual(['of 1', 'of 2', 'of 3', 'of 4', 'of 5', 'of 6']);
    });

    it('does not take a refused item for an accepted one', async () => {
      const refuseOdd = (userId: number) =>
        userId % 2 === 0 ? accepted(userId) : { status: 409, code: 'insufficient_funds' };
      const result = await stream(answerEach(refuseOdd), { requestsMax: 1, itemsPerRequest: 4 });
      expect(result.outcomes).toEqual({ 200: 2, '409 insufficient_funds': 2 });
      expect(result.accepted.userIds).toEqual([2, 4]);
    });

    it('tells of an answer with too few results, and of a batch that was refused as a whole', async () => {
      const short = await stream(answerEach(accepted, 2), { requestsMax: 1, itemsPerRequest: 3 });
      expect(short.outcomes).toEqual({ 200: 2, '200 with 2 results to 3 changes': 1 });
      const refuse: RequestListener = (_request, response) => {
        response.statusCode = 503;
        response.end('{"code":"overloaded"}');
      };
      expect((await stream(refuse, { requestsMax: 1, itemsPerRequest: 3 })).outcomes).toEqual({ '503 overloaded': 1 });
    });
  });

  it('has the share of reads that was asked for, and keeps them apart', async () => {
    const result = await stream(answer, { requestsMax: 100, readShare: 0.75 });
    expect(result.reads.userIds).toHaveLength(75);
    expect(result.accepted.userIds).toHaveLength(25);
  });

  it('ends when its time is up, with an answer to everything it sent', async () => {
    let requests = 0;
    const counting: RequestListener = (request, response) => {
      requests += 1;
      answer(request, response);
    };
    const result = await stream(counting, { durationMs: 60 });
    expect(result.latenciesMs).toHaveLength(requests);
    expect(requests).toBeGreaterThan(4);
  });

  it('brings home what came in the lead-in, and measures what came after it', async () => {
    const slowAtFirst: RequestListener = (request, response) => {
      const delayMs = performance.now() < slowUntilMs ? 60 : 0;
      setTimeout(() => answer(request, response), delayMs);
    };
    const slowUntilMs = performance.now() + 100;
    const { latenciesMs, outcomes, wallMs } = await stream(slowAtFirst, {
      ...{ ratePerS: 100, connections: 20, leadInMs: 200, durationMs: 100 },
    });
    expect(outcomes).toEqual({ 200: 30 });
    expect(latenciesMs).toHaveLength(10);
    expect(Math.max(...latenciesMs)).toBeLessThan(55);
    expect(wallMs).toBeLessThan(250);
  });

  it('tells the code of a refusal', async () => {
    const refuse: RequestListener = (_request, response) => {
      response.statusCode = 409;
      response.end('{"code":"insufficient_funds"}');
    };
    expect((await stream(refuse, { requestsMax: 3 })).outcomes).toEqual({ '409 insufficient_funds': 3 });
  });

  it('takes no answer without its length for a whole one', async () => {
    const chunked: RequestListener = (_request, response) => {
      response.write('{');
      response.end('}');
    };
    expect((await stream(chunked, { requestsMax: 1 })).outcomes).toEqual({ 0: 1 });
  });

  it('counts a broken connection, and sends nothing more over it', async () => {
    const result = await stream((request) => request.socket.destroy(), { durationMs: 50 });
    expect(result.outcomes).toEqual({ 0: 4 });
  });

  it('rejects when nobody listens', async () => {
    await expect(stream(answer, { url: 'http://127.0.0.1:1' })).rejects.toThrow('ECONNREFUSED');
  });

  it('measures from the time a request was due: a stall counts for all that came during it', async () => {
    let answered = 0;
    const stalling: RequestListener = (request, response) => {
      answered += 1;
      const delayMs = answered === 1 ? 200 : 0;
      setTimeout(() => answer(request, response), delayMs);
    };
    const { latenciesMs } = await stream(stalling, { connections: 1, ratePerS: 100, durationMs: 400 });
    expect(latenciesMs).toHaveLength(40);
    // Due each 10 ms while the one connection waited for 200 ms: about ten of them waited for more than 100.
    const late = [...latenciesMs].filter((ms) => ms > 100);
    expect(late.length).toBeGreaterThanOrEqual(9);
    expect(latenciesMs[5]).toBeGreaterThan(100);
  });
});
