import type { Server } from 'node:http';
import { type AddressInfo, createServer, Server as NetServer } from 'node:net';

/**
 * An address to bind, or handles of one socket that the launcher bound already: each an object with a `_handle` or an
 * `fd`, and a descriptor of its own.
 */
export type ListenTarget = { readonly port: number; readonly host: string } | { readonly handles: readonly object[] };

/**
 * Listens for an HTTP server, through as many handles as there are.
 *
 * libuv accepts one connection per listening handle each time it asks the kernel what is ready, and between two such
 * moments a busy worker serves up to 1,024 requests. Behind 2,000 callers with connections, 50 newcomers waited 7 s and
 * more for their turn when there was one handle.
 */
export class Acceptors {
  readonly #server: Server;
  readonly #further: NetServer[] = [];

  constructor(server: Server) {
    this.#server = server;
  }

  /** Resolves once connections are accepted; rejects when the address cannot be bound. */
  async listen(target: ListenTarget, backlog: number): Promise<AddressInfo> {
    if ('handles' in target) {
      const [first, ...further] = target.handles;
      await listening(this.#server, () => this.#server.listen(first, backlog));
      for (const handle of further) await this.#listenAlso(handle, backlog);
    } else {
      await listening(this.#server, () => this.#server.listen({ ...target, backlog }));
    }
    return this.#server.address() as AddressInfo;
  }

  /** Accepts no more; the connections there are stay. */
  close(): void {
    // http.Server.close would end the idle connections too.
    for (const server of [this.#server, ...this.#further]) NetServer.prototype.close.call(server);
  }

  #listenAlso(handle: object, backlog: number): Promise<void> {
    // The options are those that http.Server sets for its own sockets.
    const acceptor = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.#server.emit('connection', socket);
    });
    this.#further.push(acceptor);
    return listening(acceptor, () => acceptor.listen(handle, backlog));
  }
}

function listening(server: NetServer, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    listen();
  });
}
