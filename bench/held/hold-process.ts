// Holds connections open, in a process of its own.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { collectGarbage } from '../garbage.ts';

export interface HoldOrder {
  readonly url: string;
  /** Connections that get one answer and are kept then. */
  readonly idle: number;
  /** Connections that send a byte of a request now and then, and never the last; one that was closed is opened anew. */
  readonly slow: number;
  /** Ms from one such byte to the next. */
  readonly dripMs: number;
}

/** What a holder is asked once all are held. */
export const REPORT = 'report';

export type HoldReport =
  | { readonly kind: 'held' }
  | {
      readonly kind: 'report';
      /** Slow ones that the other side has closed, and the longest it let one live, those still open included. */
      readonly slowClosed: number;
      readonly slowLivedMs: number;
      readonly idleLost: number;
    };

const OPENING_AT_ONCE = 200;
/**
 * So long it takes to open the slow ones, one by one, at first and in place of closed ones: opened at once, they would be
 * closed at once, and drip at once. It is less than the service lets one live, so all can be held.
 */
const SLOW_OPENED_WITHIN_MS = 8000;
const ALL_OPEN_WITHIN_MS = 60_000;
const request = 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n';
const beginning = 'POST /api/users/update-balance HTTP/1.1\r\nHost: a\r\nX-A: ';

const tell = (report: HoldReport) => process.send?.(report);

/** Rejects when it is refused or reset. */
async function open(url: URL): Promise<Socket> {
  const socket = connect({ port: Number(url.port), host: url.hostname });
  await once(socket, 'connect');
  // A reset is one of the ways in which the other side may end it.
  socket.on('error', () => socket.destroy());
  return socket;
}

async function openIdle(url: URL): Promise<Socket> {
  const socket = await open(url);
  socket.write(request);
  await new Promise((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('close', () => reject(new Error('A connection was closed without an answer.')));
  });
  return socket;
}

/** Slow connections, as many as ordered; for each that the other side closes another is opened. */
class SlowConnections {
  readonly #order: HoldOrder;
  readonly #openedAtMs = new Map<Socket, number>();
  #opening = 0;
  #closed = 0;
  #closedLivedMs = 0;

  constructor(order: HoldOrder) {
    this.#order = order;
  }

  /** Resolves once all of them are open. One that cannot be opened ends this process, and with it the measurement. */
  async start(): Promise<void> {
    const { slow } = this.#order;
    if (slow === 0) return;
    setInterval(() => {
      if (this.#openedAtMs.size + this.#opening < slow) void this.#keepOne();
    }, SLOW_OPENED_WITHIN_MS / slow);
    const givesUpAtMs = performance.now() + ALL_OPEN_WITHIN_MS;
    while (this.#openedAtMs.size < slow) {
      if (performance.now() > givesUpAtMs)
        throw new Error('The slow connections are closed sooner than they are opened.');
      await setTimeout(100);
    }
  }

  async #keepOne(): Promise<void> {
    this.#opening += 1;
    const socket = await open(new URL(this.#order.url));
    this.#opening -= 1;
    this.#openedAtMs.set(socket, performance.now());
    socket.resume();
    socket.write(beginning);
    const drip = setInterval(() => socket.write('a'), this.#order.dripMs);
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(drip);
    this.#closed += 1;
    this.#closedLivedMs = Math.max(this.#closedLivedMs, this.#ageOf(socket));
    this.#openedAtMs.delete(socket);
  }

  report(): { readonly slowClosed: number; readonly slowLivedMs: number } {
    const ages = Array.from(this.#openedAtMs.keys(), (socket) => this.#ageOf(socket));
    return { slowClosed: this.#closed, slowLivedMs: Math.max(this.#closedLivedMs, ...ages) };
  }

  #ageOf(socket: Socket): number {
    return performance.now() - (this.#openedAtMs.get(socket) ?? Number.NaN);
  }
}

async function hold(order: HoldOrder): Promise<void> {
  const url = new URL(order.url);
  const idle: Socket[] = [];
  while (idle.length < order.idle) {
    const next = Math.min(OPENING_AT_ONCE, order.idle - idle.length);
    idle.push(...(await Promise.all(Array.from({ length: next }, () => openIdle(url)))));
  }
  const slow = new SlowConnections(order);
  await slow.start();
  process.on('message', (question) => {
    if (question !== REPORT) return;
    tell({ kind: 'report', ...slow.report(), idleLost: idle.filter((socket) => socket.destroyed).length });
  });
  collectGarbage();
  tell({ kind: 'held' });
}

process.once('message', (order: HoldOrder) => void hold(order));
// Whoever ordered it is gone.
process.on('disconnect', () => process.exit(0));
