import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../time/clock.ts';
import { PIPELINE_MAX } from './limits.ts';

/**
 * A connection is closed to make room only when nothing has come on it for so long. It is no shorter, since a request
 * waits unread in the kernel for as long as a turn of a busy event loop takes, and a burst of newcomers must not throw
 * out its own first ones.
 */
const IDLE_AFTER_MS = 5000;
/** Connections looked at to make room for one. */
const LOOKS_MAX = 64;

/** One connection of the server. */
export interface Connection {
  /**
   * The answer to its newest request. Answers leave in the order of the requests, so when this one has left, all have;
   * and only the newest request can still be arriving. Null as well once it has left and nothing depends on it.
   */
  newest: ServerResponse | null;
  /** The answer to the request before the newest, which has arrived as a whole. */
  previous: ServerResponse | null;
  /** Requests without an answer, `newest` included; exact only while there are several. */
  unanswered: number;
  /** Not read from until some of its answers have left: it has sent too many requests at once. */
  isHeld: boolean;
  /** Set once the connection is being ended because of what it sent. */
  isRefused: boolean;
  /** When its newest request came, or the connection itself: monotonic ms. */
  usedAtMs: number;
}

/** True while the connection is owed an answer. */
export const isOwedAnswer = ({ newest }: Connection): boolean => newest !== null && !newest.writableFinished;

/** True once an answer has said that the connection ends with it: what comes behind it must not be acted on. */
export const isClosing = ({ newest }: Connection): boolean => newest?.headersSent === true && !newest.shouldKeepAlive;

/** An answer that ends the connection, or came before its request was complete, tells what to do with the rest. */
function isNeeded({ newest }: Connection): boolean {
  return newest?.writableFinished !== true || !newest.shouldKeepAlive || !newest.req.complete;
}

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
  readonly #clock: Clock;
  readonly #bySocket = new Map<Socket, Connection>();
  /** Those that were answered in this turn of the event loop. */
  #answered: Socket[] = [];
  #isDraining = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

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

  /**
   * Must be called first for every request. False: the request must be left alone. It came behind an answer that ended
   * its connection, so nobody would learn what became of it (RFC 9112, 9.6).
   */
  open(request: IncomingMessage, response: ServerResponse): boolean {
    const connection = this.#bySocket.get(request.socket);
    if (connection === undefined) return true;
    if (connection.isRefused || isClosing(connection)) return false;
    if (this.#isDraining) {
      if (connection.newest?.headersSent === false) connection.newest.shouldKeepAlive = true;
      response.shouldKeepAlive = false;
    }
    connection.unanswered = isOwedAnswer(connection) ? connection.unanswered + 1 : 1;
    connection.usedAtMs = this.#clock.now();
    connection.previous = connection.newest;
    connection.newest = response;
    if (connection.unanswered >= PIPELINE_MAX) hold(connection, request.socket);
    return true;
  }

  of(socket: Socket): Connection | undefined {
    return this.#bySocket.get(socket);
  }

  /**
   * Lets go of the answer that was just given, once it has left. Kept until the next request, the last answers of 4,000
   * connections were 28 MB that every scavenge had to copy.
   */
  forget(socket: Socket): void {
    this.#answered.push(socket);
    if (this.#answered.length === 1) this.#clock.soon(() => this.#forgetAnswered());
  }

  startDraining(): void {
    this.#isDraining = true;
    for (const { newest } of this.#bySocket.values()) {
      if (newest?.headersSent === false) newest.shouldKeepAlive = false;
    }
  }

  /** Closes a connection that has been idle for a while; false when none was found. */
  closeIdle(): boolean {
    const now = this.#clock.now();
    let looks = 0;
    for (const [socket, connection] of this.#bySocket) {
      if (looks === LOOKS_MAX) break;
      looks += 1;
      this.#bySocket.delete(socket);
      // From a paused one a request may wait to be read.
      if (!isOwedAnswer(connection) && !socket.isPaused() && now - connection.usedAtMs >= IDLE_AFTER_MS) {
        socket.destroy();
        return true;
      }
      // To the end, so that the next look begins with others. An iterator kept for that would keep every closed
      // connection with it.
      this.#bySocket.set(socket, connection);
    }
    return false;
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

  #forgetAnswered(): void {
    for (const socket of this.#answered) {
      const connection = this.#bySocket.get(socket);
      if (connection === undefined || isNeeded(connection)) continue;
      connection.newest = null;
      connection.previous = null;
    }
    this.#answered = [];
  }

  #add(socket: Socket): void {
    this.#bySocket.set(socket, {
      newest: null,
      previous: null,
      unanswered: 0,
      isHeld: false,
      isRefused: false,
      usedAtMs: this.#clock.now(),
    });
    // After a CONNECT node takes its own listener away, and an error nobody hears ends the process.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#bySocket.delete(socket));
  }
}

/**
 * Stops reading until the answers to all whole requests that have come so far have left. Node resumes a socket with the
 * end of each request it parses, so the pause comes when what was read is parsed.
 */
function hold(connection: Connection, socket: Socket): void {
  if (connection.isHeld) {
    // Backpressure may have let it go on.
    setImmediate(() => {
      if (connection.isHeld) socket.pause();
    });
    return;
  }
  connection.isHeld = true;
  setImmediate(() => {
    const { newest, previous, unanswered } = connection;
    const isWhole = newest?.req.complete === true;
    const awaited = isWhole ? newest : previous;
    if (awaited === null || awaited.writableFinished || awaited.destroyed) {
      connection.isHeld = false;
      return;
    }
    socket.pause();
    awaited.once('close', () => {
      connection.isHeld = false;
      connection.unanswered -= isWhole ? unanswered : unanswered - 1;
      socket.resume();
    });
  });
}
