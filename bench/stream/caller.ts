import { connect, type Socket } from 'node:net';

/** How one request ended: a status with its body, or `0` when the caller lost patience or its connection. */
export type OnAnswer = (status: number, latencyMs: number, body: string) => void;

/** Where the service listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * One caller with one connection: it sends a request, waits for the answer, and hangs up when that does not come in time.
 *
 * `idle`: connected or not, nothing is awaited. `busy`: a request was sent, or is sent once the connection stands. A
 * connection that breaks or is given up is replaced with the next request. It reads no more of an answer than it must,
 * since the machine it loads is its own.
 */
export class Caller {
  readonly #address: Address;
  readonly #onIdle: (caller: Caller) => void;
  #socket: Socket | null = null;
  #received = '';
  #sentAtMs = 0;
  #onAnswer: OnAnswer | null = null;

  constructor(address: Address, onIdle: (caller: Caller) => void) {
    this.#address = address;
    this.#onIdle = onIdle;
  }

  /** When the request that is awaited was asked for; Infinity when none is. */
  get askedAtMs(): number {
    return this.#onAnswer === null ? Number.POSITIVE_INFINITY : this.#sentAtMs;
  }

  /** Connects before there is anything to ask. Rejects when that cannot be done. */
  open(): Promise<void> {
    const socket = this.#connect();
    this.#socket = socket;
    return new Promise((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
  }

  ask(request: string, onAnswer: OnAnswer): void {
    this.#onAnswer = onAnswer;
    this.#sentAtMs = performance.now();
    this.#socket ??= this.#connect();
    this.#socket.write(request, 'latin1');
  }

  giveUp(): void {
    this.#hangUp();
    this.#settle(0);
  }

  end(): void {
    this.#onAnswer = null;
    this.#hangUp();
  }

  #connect(): Socket {
    const socket = connect(this.#address);
    socket.setEncoding('latin1');
    socket.setNoDelay(true);
    socket.on('data', (chunk: string) => this.#take(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#hangUp();
      this.#settle(0);
    });
    return socket;
  }

  #hangUp(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#received = '';
    socket?.destroy();
  }

  #take(chunk: string): void {
    this.#received += chunk;
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    const length = /\r\nContent-Length: (\d+)/i.exec(this.#received)?.[1];
    // Where such an answer ends is not looked for: no side sends any, and none may pass for a short one.
    if (length === undefined) {
      this.giveUp();
      return;
    }
    if (this.#received.length < headEnd + 4 + Number(length)) return;
    const received = this.#received;
    this.#received = '';
    this.#settle(Number(received.slice(9, 12)), received.slice(headEnd + 4));
  }

  #settle(status: number, body = ''): void {
    const onAnswer = this.#onAnswer;
    if (onAnswer === null) return;
    this.#onAnswer = null;
    onAnswer(status, performance.now() - this.#sentAtMs, body);
    this.#onIdle(this);
  }
}
