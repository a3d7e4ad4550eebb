// Holds connections open, in a process of its own.
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

export interface HoldOrder {
  readonly url: string;
  /** Connections that get one answer and are kept then. */
  readonly idle: number;
  /** Connections that send a byte of a request every second, and never the last; one that was closed is opened anew. */
  readonly slow: number;
}

/** What a holder is asked once all are held. */
export const REPORT = 'report';

export type HoldReport =
  | { readonly kind: 'held' }
  | {
      readonly kind: 'report';
      /** Slow ones that the other side has closed, and the longest it let one live. */
      readonly slowClosed: number;
      readonly slowLivedMs: number;
      readonly idleLost: number;
    };

const OPENING_AT_ONCE = 200;
/** What slowhttptest does by default. At once, they would be closed at once, and drip at once. */
const SLOW_OPENED_PER_S = 50;
const DRIP_EVERY_MS = 1000;
const request = 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n';
const beginning = 'POST /api/users/update-balance HTTP/1.1\r\nHost: a\r\nX-A: ';

const tell = (report: HoldReport) => process.send?.(report);

function open(url: URL): Promise<Socket> {
  const socket = connect({ port: Number(url.port), host: url.hostname });
  // A reset is one of the ways in which the other side may end it.
  socket.on('error', () => socket.destroy());
  return new Promise((resolve) => socket.once('connect', () => resolve(socket)));
}

async function openIdle(url: URL): Promise<Socket> {
  const socket = await open(url);
  const answered = new Promise((resolve) => socket.once('data', resolve));
  socket.write(request);
  await answered;
  return socket;
}

/** Resolves with the time that the other side let it live. */
async function openSlow(url: URL): Promise<number> {
  const socket = await open(url);
  const openedAtMs = performance.now();
  socket.resume();
  socket.write(beginning);
  const drip = setInterval(() => socket.write('a'), DRIP_EVERY_MS);
  return new Promise((resolve) => {
    socket.once('close', () => {
      clearInterval(drip);
      resolve(performance.now() - openedAtMs);
    });
  });
}

async function hold(order: HoldOrder): Promise<void> {
  const url = new URL(order.url);
  const idle: Socket[] = [];
  while (idle.length < order.idle) {
    const next = Math.min(OPENING_AT_ONCE, order.idle - idle.length);
    idle.push(...(await Promise.all(Array.from({ length: next }, () => openIdle(url)))));
  }
  let slowClosed = 0;
  let slowLivedMs = 0;
  const keepSlow = async () => {
    for (;;) {
      slowLivedMs = Math.max(slowLivedMs, await openSlow(url));
      slowClosed++;
    }
  };
  for (let opened = 0; opened < order.slow; opened++) {
    void keepSlow();
    await setTimeout(1000 / SLOW_OPENED_PER_S);
  }
  process.on('message', (question) => {
    if (question !== REPORT) return;
    tell({ kind: 'report', slowClosed, slowLivedMs, idleLost: idle.filter((socket) => socket.destroyed).length });
  });
  tell({ kind: 'held' });
}

process.once('message', (order: HoldOrder) => void hold(order));
// Whoever ordered it is gone.
process.on('disconnect', () => process.exit(0));
