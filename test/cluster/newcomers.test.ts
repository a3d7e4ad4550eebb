import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { Service } from '../support/service.ts';

const CALLERS = 1500;
const NEWCOMERS = 200;
/**
 * What the callers are answered until all newcomers have been: 31,000 was seen. With one listening handle it was 900 for
 * each newcomer, so 180,000.
 */
const ANSWERS_MAX = 90_000;

const database = useDatabase();
let service: Service;

beforeAll(async () => {
  service = await new Service({ databaseUrl: database.url, workers: 1 }).whenReady();
});
afterAll(() => service.end());

describe('a worker with more callers than it can serve at once', () => {
  it('lets in those who connect now', async () => {
    const userId = await service.createUser(1);
    const port = Number(new URL(service.url).port);
    const request = `GET /api/users/${userId}/balance HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    const sockets: Socket[] = [];
    const join = (onAnswer: (socket: Socket) => void) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(request));
      // An answer has fewer bytes than a segment, so it comes in one piece.
      socket.on('data', () => onAnswer(socket));
      sockets.push(socket);
    };
    let answers = 0;
    const callers = new Set<Socket>();
    const again = (socket: Socket) => {
      answers += 1;
      callers.add(socket);
      socket.write(request);
    };
    for (let i = 0; i < CALLERS; i += 1) join(again);
    await vi.waitUntil(() => callers.size === CALLERS, { timeout: 60_000, interval: 20 });

    let letIn = 0;
    const answersBefore = answers;
    let answersMeanwhile = 0;
    for (let i = 0; i < NEWCOMERS; i += 1) {
      join(() => {
        letIn += 1;
        if (letIn === NEWCOMERS) answersMeanwhile = answers - answersBefore;
      });
    }
    await vi.waitUntil(() => letIn === NEWCOMERS, { timeout: 60_000, interval: 20 });
    for (const socket of sockets) socket.destroy();
    expect(answersMeanwhile).toBeLessThan(ANSWERS_MAX);
  });
});
