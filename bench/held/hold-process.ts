// Holds connections open, in a process of its own.
import { connect, type Socket } from 'node:net';

export interface HoldOrder {
  readonly url: string;
  /** Connections that get one answer and are kept then. */
  readonly idle: number;
  /** Connections that send a byte of a request every second, and never the last. */
  readonly slow: number;
}

export type HoldReport =
  | { readonly kind: 'held' }
  /** All slow ones have been closed by the other side; `lastAfterMs` is the longest any of them was open. */
  | { readonly kind: 'closed'; readonly lastAfterMs: number; readonly idleLost: number };

const OPENING_AT_ONCE = 200;
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
  const slow = Array.from({ length: order.slow }, () => openSlow(url));
  tell({ kind: 'held' });
  const lived = await Promise.all(slow);
  tell({
    kind: 'closed',
    lastAfterMs: Math.max(0, ...lived),
    idleLost: idle.filter((socket) => socket.destroyed).length,
  });
}

process.on('message', (order: HoldOrder) => void hold(order));
// Whoever ordered it is gone.
process.on('disconnect', () => process.exit(0));
