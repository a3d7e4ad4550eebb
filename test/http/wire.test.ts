import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttpServer, type HttpServer } from '../../src/http/server.ts';
import { FakeService, holdAnswers, startServer, until } from './fake-service.ts';
import { balanceRead, changed, fittingOutcome } from './outcomes.ts';
import { exchange, message, RawConnection } from './raw-connection.ts';

const CHANGE = '/api/users/update-balance';
const change = message('POST', CHANGE, { body: '{"userId":7,"amount":-2}' });
const codeOf = ({ body }: { body: string }) => JSON.parse(body).code;

describe('on the wire', () => {
  let server: HttpServer | undefined;
  const service = new FakeService();

  async function start(limits = {}): Promise<number> {
    service.operations.length = 0;
    service.answer = fittingOutcome;
    const started = await startServer(service, limits);
    server = started.server;
    return started.port;
  }

  afterEach(() => server?.close());

  test('pipelined requests are all answered, in their order', async () => {
    const port = await start();
    const read = message('GET', '/api/users/7/balance');
    const connection = await RawConnection.open(port);
    connection.send(Buffer.concat([change, read, message('GET', '/livez'), change]));
    const statuses = [];
    for (let i = 0; i < 4; i += 1) statuses.push(JSON.parse((await connection.answer()).body));
    expect(statuses.map((body) => Object.keys(body).length)).toEqual([5, 3, 1, 5]);
    connection.destroy();
  });

  test('garbage behind an admitted request does not overtake its answer, which closes the connection', async () => {
    const port = await start();
    const release = holdAnswers(service);
    const connection = await RawConnection.open(port);
    connection.send(Buffer.concat([change, Buffer.from('garbage\r\n\r\n')]));
    await until(() => service.operations.length === 1);
    release(changed());
    const answer = await connection.answer();
    expect(answer.status).toBe(200);
    expect(answer.headers.connection).toBe('close');
    expect(await connection.closed()).toBe('');
  });

  test('CONNECT behind an admitted request waits for its answer too', async () => {
    const port = await start();
    const release = holdAnswers(service);
    const connection = await RawConnection.open(port);
    connection.send(Buffer.concat([change, Buffer.from('CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n')]));
    await until(() => service.operations.length === 1);
    release(changed());
    expect((await connection.answer()).status).toBe(200);
    await connection.closed();
  });

  test('a body that breaks behind an admitted request gets its own answer, after the first', async () => {
    const port = await start();
    const release = holdAnswers(service);
    const broken = `POST ${CHANGE} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz`;
    const connection = await RawConnection.open(port);
    connection.send(Buffer.concat([change, Buffer.from(broken)]));
    await until(() => service.operations.length === 1);
    release(changed());
    expect((await connection.answer()).status).toBe(200);
    const second = await connection.answer();
    expect(second.status).toBe(400);
    expect(second.headers.connection).toBe('close');
    await connection.closed();
    expect(service.operations).toHaveLength(1);
  });

  test('a request to upgrade is served as the request it is', async () => {
    const port = await start();
    for (const protocol of ['websocket', 'h2c']) {
      const headers = ['Connection: Upgrade', `Upgrade: ${protocol}`];
      const answer = await exchange(port, message('GET', '/api/users/7/balance', { headers }));
      expect(answer.status).toBe(200);
    }
  });

  test('a caller that expects 100-continue is told to go on', async () => {
    const port = await start();
    const [head = '', body = ''] = message('POST', CHANGE, {
      body: '{"userId":7,"amount":-2}',
      headers: ['Expect: 100-continue'],
    })
      .toString()
      .split(/(?<=\r\n\r\n)/);
    const connection = await RawConnection.open(port);
    expect((await connection.send(head).answer()).status).toBe(100);
    expect((await connection.send(body).answer()).status).toBe(200);
    connection.destroy();
  });

  test('the connection survives a body that is too large, when the rest of it comes', async () => {
    const port = await start();
    const connection = await RawConnection.open(port);
    const large = message('POST', CHANGE, { body: ' '.repeat(200_000) });
    expect((await connection.send(large).answer()).status).toBe(413);
    expect((await connection.send(change).answer()).status).toBe(200);
    connection.destroy();
  });

  test.each([
    ['nothing', ''],
    ['half a request line', 'GET /liv'],
    ['half of the headers', 'GET /livez HTTP/1.1\r\nHost: a\r\nX-A'],
    ['half of a body', change.subarray(0, change.length - 3)],
  ])('a connection that sends %s is answered 408 and closed', async (_what, bytes) => {
    const port = await start({ receiveTimeoutMs: 200, checkingIntervalMs: 50 });
    const connection = await RawConnection.open(port);
    if (bytes.length > 0) connection.send(bytes);
    const answer = await connection.answer();
    expect(answer.status).toBe(408);
    expect(codeOf(answer)).toBe('request_timeout');
    expect(await connection.closed()).toBe('');
    expect(service.operations).toEqual([]);
  });

  test('a body that never ends after its 413 is cut off without a second answer', async () => {
    const port = await start({ receiveTimeoutMs: 300, checkingIntervalMs: 50, lingerMs: 50 });
    const connection = await RawConnection.open(port);
    connection.send(message('POST', CHANGE, { body: ' '.repeat(200_000) }).subarray(0, 100_000));
    expect((await connection.answer()).status).toBe(413);
    expect(await connection.closed()).toBe('');
  });

  test('an operation whose caller has gone goes on, and its answer is dropped without a trace', async () => {
    const port = await start();
    const release = holdAnswers(service);
    const connection = await RawConnection.open(port);
    connection.send(change);
    await until(() => service.operations.length === 1);
    expect(server?.busyConnections).toBe(1);
    connection.destroy();
    await until(() => server?.busyConnections === 0);
    release(changed());
    expect((await exchange(port, change)).status).toBe(200);
    expect(service.logged).toEqual([]);
  });

  test('a request whose caller goes before its body is complete is never admitted', async () => {
    const port = await start();
    const connection = await RawConnection.open(port);
    connection.send(change.subarray(0, change.length - 1));
    await until(() => server?.busyConnections === 1);
    connection.destroy();
    await until(() => server?.busyConnections === 0);
    expect((await exchange(port, message('GET', '/livez'))).status).toBe(200);
    expect(service.operations).toEqual([]);
  });

  test('a reset in the middle of a CONNECT does not harm the server', async () => {
    const port = await start();
    const connection = await RawConnection.open(port);
    connection.send('CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n');
    connection.socket.resetAndDestroy();
    expect((await exchange(port, message('GET', '/livez'))).status).toBe(200);
  });
});

describe('listening', () => {
  test('works on what somebody else has bound', async () => {
    const bound = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => bound.once('listening', resolve));
    const service = new FakeService();
    service.answer = () => balanceRead;
    const second = createHttpServer(service.dependencies());
    const { port } = await second.listen({ handles: [bound] });
    expect((await exchange(port, message('GET', '/api/users/7/balance'))).status).toBe(200);
    second.close();
    bound.close();
  });

  test('on an address that is taken rejects', async () => {
    const service = new FakeService();
    const { server, port } = await startServer(service);
    const second = createHttpServer(service.dependencies());
    await expect(second.listen({ port, host: '127.0.0.1' })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    server.close();
  });
});
