import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** One connection of the server. */
export interface Connection {
  /**
   * The answer to its newest request. Answers leave in the order of the requests, so when this one has left, all have;
   * and only the newest request can still be arriving.
   */
  newest: ServerResponse | null;
  /** Set once the connection is being ended because of what it sent. */
  isRefused: boolean;
}

/** True while the connection is owed an answer. */
export const isOwedAnswer = ({ newest }: Connection): boolean => newest !== null && !newest.writableFinished;

/** True while the only request that is owed an answer is still arriving: nothing of it was admitted. */
function owesOnlyAnArrivingRequest({ newest }: Connection): boolean {
  // An answer gets its socket when all before it have left.
  return newest !== null && !newest.req.complete && newest.socket !== null;
}

/**
 * Knows every connection of a server and whether it is owed an answer. That is read off node's own state when somebody
 * asks: a listener per answer, to keep a count, made each request a tenth dearer.
 *
 * Once draining, the newest answer of each connection says `Connection: close`. Only the newest: node ends the
 * connection after such an answer, and an earlier one must not cut off those queued behind it.
 */
export class Connections {
  readonly #bySocket = new Map<Socket, Connection>();
  #isDraining = false;

  get size(): number {
    return this.#bySocket.size;
  }

  /** Connections that are owed an answer. */
  countBusy(): number {
    let busy = 0;
    for (const connection of this.#bySocket.values()) if (isOwedAnswer(connection)) busy += 1;
    return busy;
  }

  watch(server: Server): void {
    server.on('connection', (socket: Socket) => this.#add(socket));
  }

  /** Must be called first for every request. */
  open(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#bySocket.get(request.socket);
    if (connection === undefined) return;
    if (this.#isDraining) {
      if (connection.newest?.headersSent === false) connection.newest.shouldKeepAlive = true;
      response.shouldKeepAlive = false;
    }
    connection.newest = response;
  }

  of(socket: Socket): Connection | undefined {
    return this.#bySocket.get(socket);
  }

  startDraining(): void {
    this.#isDraining = true;
    for (const { newest } of this.#bySocket.values()) {
      if (newest?.headersSent === false) newest.shouldKeepAlive = false;
    }
  }

  /** Ends the connections that hold no complete request without an answer. */
  destroyIdle(): void {
    for (const [socket, connection] of this.#bySocket) {
      if (!isOwedAnswer(connection) || owesOnlyAnArrivingRequest(connection)) socket.destroy();
    }
  }

  destroyAll(): void {
    for (const socket of this.#bySocket.keys()) socket.destroy();
  }

  #add(socket: Socket): void {
    this.#bySocket.set(socket, { newest: null, isRefused: false });
    // After a CONNECT node takes its own listener away, and an error nobody hears ends the process.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#bySocket.delete(socket));
  }
}
