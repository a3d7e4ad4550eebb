import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { expect, test } from 'vitest';
import { Connections } from '../../src/http/connections.ts';
import { systemClock } from '../../src/time/clock.ts';
import { stillKept } from '../support/garbage.ts';
import { FakeService, startServer } from './fake-service.ts';
import { fittingOutcome } from './outcomes.ts';
import { message, RawConnection } from './raw-connection.ts';

test('closed connections are kept nowhere', async () => {
  const server = new EventEmitter();
  const connections = new Connections(systemClock);
  connections.watch(server as Server);
  const comeAndGo = () => {
    const sockets = Array.from({ length: 1000 }, () => Object.assign(new EventEmitter(), { isPaused: () => false }));
    for (const socket of sockets) server.emit('connection', socket);
    for (const socket of sockets) socket.emit('close');
    return sockets.map((socket) => new WeakRef(socket));
  };
  const gone = comeAndGo();
  connections.closeIdle();
  gone.push(...comeAndGo());
  expect(await stillKept(gone)).toHaveLength(0);
  expect(connections.size).toBe(0);
});

test('a connection that waits for its next request keeps nothing of the last one', async () => {
  const service = new FakeService();
  service.answer = fittingOutcome;
  const requests: WeakRef<object>[] = [];
  const note = (event: unknown) => void requests.push(new WeakRef((event as { request: object }).request));
  subscribe('http.server.request.start', note);
  const { server, port } = await startServer(service);
  const connections = await Promise.all(Array.from({ length: 20 }, () => RawConnection.open(port)));
  const change = message('POST', '/api/users/update-balance', { body: '{"userId":7,"amount":-2}' });
  await Promise.all(connections.map((connection) => connection.send(change).answer()));
  unsubscribe('http.server.request.start', note);
  expect(requests).toHaveLength(20);
  expect(await stillKept(requests)).toHaveLength(0);
  for (const connection of connections) connection.destroy();
  server.close();
});
