import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { BatchMemory } from '../../src/http/batch-memory.ts';

function setUp() {
  const memory = new BatchMemory(100);
  const socket = new EventEmitter();
  const open = () => {
    const response = new EventEmitter();
    return { response, share: memory.open({ socket } as IncomingMessage, response as unknown as ServerResponse) };
  };
  return { socket, open };
}

test('a share grows and shrinks within what is there, and keeps what it has when there is no more', () => {
  const { open } = setUp();
  const [a, b] = [open().share, open().share];
  expect(a.resize(60)).toBe(true);
  expect(b.resize(41)).toBe(false);
  expect(b.resize(40)).toBe(true);
  expect(b.resize(41)).toBe(false);
  expect(a.resize(10)).toBe(true);
  expect(b.resize(90)).toBe(true);
  expect(a.resize(11)).toBe(false);
});

test('an answer that has left gives back its own share, once', () => {
  const { socket, open } = setUp();
  const [a, b] = [open(), open()];
  a.share.resize(60);
  b.share.resize(40);
  a.response.emit('close');
  a.response.emit('close');
  const { share } = open();
  expect(share.resize(61)).toBe(false);
  expect(share.resize(60)).toBe(true);
  socket.emit('close');
  expect(open().share.resize(101)).toBe(false);
});

test('a connection that is gone gives back the shares of all its answers, also of those that are never told', () => {
  const { socket, open } = setUp();
  const waiting = [open(), open(), open()];
  for (const { share } of waiting) share.resize(33);
  socket.emit('close');
  for (const { share } of waiting) expect(share.resize(1000)).toBe(true);
  const { share } = open();
  expect(share.resize(101)).toBe(false);
  expect(share.resize(100)).toBe(true);
});

test('many batches on one connection leave no listeners behind', () => {
  const { socket, open } = setUp();
  for (let i = 0; i < 100; i += 1) open().response.emit('close');
  expect(socket.listenerCount('close')).toBe(1);
});
