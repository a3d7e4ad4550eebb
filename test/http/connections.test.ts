import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { expect, test } from 'vitest';
import { Connections } from '../../src/http/connections.ts';
import { systemClock } from '../../src/time/clock.ts';
import { stillKept } from '../support/garbage.ts';

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
