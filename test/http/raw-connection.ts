import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Without the Date field, which changes by itself. */
  readonly text: string;
}

const WAIT_MS = 5000;

/** A TCP connection that sends exactly the bytes it is given and reads answers off the wire. */
export class RawConnection {
  readonly socket: Socket;
  #received = '';
  #isClosed = false;
  #changed: () => void = () => {};

  static async open(port: number): Promise<RawConnection> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: false });
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new RawConnection(socket);
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      this.#received += chunk;
      this.#changed();
    });
    // A reset is one of the ways in which the other side may close.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#isClosed = true;
      this.#changed();
    });
  }

  send(bytes: string | Buffer): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  /** The next whole answer. `isHead`: it has no body whatever its length says. */
  async answer(isHead = false): Promise<RawAnswer> {
    let parsed = this.#take(isHead);
    while (parsed === null) {
      if (this.#isClosed) throw new Error(`closed after ${JSON.stringify(this.#received)}`);
      await this.#change();
      parsed = this.#take(isHead);
    }
    return parsed;
  }

  /** Waits until the other side has closed; returns what came and was not read as an answer. */
  async closed(): Promise<string> {
    while (!this.#isClosed) await this.#change();
    return this.#received;
  }

  destroy(): void {
    this.socket.destroy();
  }

  #change(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing within ${WAIT_MS} ms`)), WAIT_MS);
      this.#changed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #take(isHead: boolean): RawAnswer | null {
    const end = this.#received.indexOf('\r\n\r\n');
    if (end === -1) return null;
    const [statusLine = '', ...lines] = this.#received.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const bodyEnd = end + 4 + (isHead ? 0 : Number(headers['content-length'] ?? 0));
    if (this.#received.length < bodyEnd) return null;
    const body = this.#received.slice(end + 4, bodyEnd);
    this.#received = this.#received.slice(bodyEnd);
    const kept = lines.filter((line) => !/^date:/i.test(line));
    return {
      status: Number(statusLine.split(' ')[1]),
      headers,
      body,
      text: [statusLine, ...kept, '', body].join('\n'),
    };
  }
}

/** Sends one message on a connection of its own and reads the answer. */
export async function exchange(port: number, bytes: string | Buffer, isHead = false): Promise<RawAnswer> {
  const connection = await RawConnection.open(port);
  try {
    return await connection.send(bytes).answer(isHead);
  } finally {
    connection.destroy();
  }
}

/** An HTTP/1.1 message in bytes; a body brings its Content-Length, and Content-Type unless `headers` has one. */
export function message(
  method: string,
  target: string,
  { headers = [], body }: { headers?: readonly string[]; body?: string | Buffer } = {},
): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: localhost', ...headers];
  if (bytes !== undefined) {
    if (!headers.some((line) => /^content-type/i.test(line))) lines.push('Content-Type: application/json');
    lines.push(`Content-Length: ${bytes.length}`);
  }
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes ?? Buffer.alloc(0)]);
}
