import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What happens to one request:
 * - `pass`: it is answered;
 * - `cut before`: its connection ends before the service has seen it;
 * - `cut after`: the service has answered, and the connection ends without that;
 * - `cut within`: in the middle of the answer;
 * - `hold`: the service has answered, and nobody says so.
 */
export type Cut = 'pass' | 'cut before' | 'cut after' | 'cut within' | 'hold';

/** Stands before a service and loses connections as it is told; what it was not told about passes. */
export class CuttingProxy {
  cuts: Cut[] = [];
  readonly keys: (string | string[] | undefined)[] = [];
  readonly #port: number;
  readonly #server: Server;

  constructor(port: number) {
    this.#port = port;
    this.#server = createServer((incoming, response) => this.#serve(incoming, response));
  }

  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await new Promise((resolve) => this.#server.once('listening', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #serve(incoming: IncomingMessage, response: ServerResponse): void {
    const { method, url, headers } = incoming;
    const cut = this.cuts.shift() ?? 'pass';
    this.keys.push(headers['idempotency-key']);
    if (cut === 'cut before') return void incoming.socket.destroy();
    const onward = request({ host: '127.0.0.1', port: this.#port, method, path: url, headers }, async (answer) => {
      const parts: Buffer[] = [];
      for await (const part of answer) parts.push(part as Buffer);
      const body = Buffer.concat(parts);
      if (cut === 'hold') return;
      if (cut === 'cut after') return void response.destroy();
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      if (cut === 'cut within') response.write(body.subarray(0, body.length / 2), () => response.destroy());
      else response.end(body);
    });
    incoming.pipe(onward);
  }
}
