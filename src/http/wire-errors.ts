import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../time/clock.ts';
import { sendProblem } from './answers.ts';
import { awaitInvitation } from './awaited-body.ts';
import { type Connections, isClosing, isOwedAnswer } from './connections.ts';
import type { RequestMeter } from './observed-response.ts';
import { PROBLEMS, type ProblemCode, problemBody } from './problems.ts';

/** A whole HTTP/1.1 answer that ends its connection, for where node has no response object to offer. */
function rawProblem(code: ProblemCode, detail: string, more: readonly string[] = []): string {
  const { status } = PROBLEMS[code];
  const body = problemBody(code, detail);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json',
    'Cache-Control: no-store',
    `Content-Length: ${body.length}`,
    'Connection: close',
    ...more,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

function diagnose(error: NodeJS.ErrnoException): [ProblemCode, string] {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['request_timeout', 'The request was not complete in time. Nothing of it was applied.'];
    case 'HPE_HEADER_OVERFLOW':
      return ['headers_too_large', 'The request line and header fields are too long.'];
    default:
      return ['invalid_request', 'This is not a well-formed HTTP/1.1 request.'];
  }
}

/** Answers what breaks below the level of requests, then ends the connection. */
export class WireErrors {
  readonly #connections: Connections;
  readonly #clock: Clock;
  readonly #lingerMs: number;
  readonly #meter: RequestMeter | null;

  constructor(connections: Connections, clock: Clock, lingerMs: number, meter: RequestMeter | null) {
    this.#connections = connections;
    this.#clock = clock;
    this.#lingerMs = lingerMs;
    this.#meter = meter;
  }

  watch(server: Server): void {
    server.on('clientError', (error, socket) => this.#refuse(socket as Socket, ...diagnose(error)));
    server.on('connect', (_request: IncomingMessage, socket) => {
      // Node stops reading a connection it hands over; read on, or its end is never seen.
      socket.resume();
      this.#refuse(socket as Socket, 'invalid_request', 'CONNECT is not served here.');
    });
    server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
      this.#refuseExpectation(request, response);
    });
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      // Node takes whatever contains 100-continue for it.
      if (request.headers.expect?.toLowerCase() !== '100-continue') return this.#refuseExpectation(request, response);
      // Whoever decides on the request invites its body, or refuses it without.
      awaitInvitation(request, response);
      server.emit('request', request, response);
    });
  }

  /** Answers a connection that is one too many, before it has asked for anything. */
  turnAway(socket: Socket): void {
    const connection = this.#connections.of(socket);
    if (connection !== undefined) connection.isRefused = true;
    this.#meter?.shed('connections');
    this.#meter?.answeredBelowRequests(PROBLEMS.overloaded.status);
    this.#end(socket, rawProblem('overloaded', 'There are too many connections.', ['Retry-After: 1']));
  }

  #refuseExpectation(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#connections.open(request, response)) return;
    response.shouldKeepAlive = false;
    sendProblem(response, 'expectation_failed', 'The only expectation that can be met is 100-continue.');
  }

  /**
   * The answer must not overtake those still owed to earlier requests on this connection: an admitted change would be
   * taken for a refused one. So there are three cases: nothing is owed; the broken request is owed an answer itself;
   * only earlier ones are, and theirs is the last word.
   */
  #refuse(socket: Socket, code: ProblemCode, detail: string): void {
    const connection = this.#connections.of(socket);
    if (connection === undefined || !socket.writable) {
      socket.destroy();
      return;
    }
    if (connection.isRefused) return;
    connection.isRefused = true;
    const { newest } = connection;
    if (newest === null || !isOwedAnswer(connection)) {
      // An answer that was complete before its request: what broke is the rest of that request, and it has its answer.
      // Or one that has ended the connection: there is no other after it.
      const isAnswered = newest?.req.complete === false || isClosing(connection);
      if (!isAnswered) this.#meter?.answeredBelowRequests(PROBLEMS[code].status);
      this.#end(socket, isAnswered ? '' : rawProblem(code, detail));
    } else if (newest.headersSent) {
      newest.once('close', () => this.#end(socket, ''));
    } else {
      newest.shouldKeepAlive = false;
      if (!newest.req.complete) sendProblem(newest, code, detail);
    }
  }

  /** Closing at once would reset the connection, and the peer would lose the answer with what it has not read yet. */
  #end(socket: Socket, text: string): void {
    socket.end(text);
    const cancel = this.#clock.schedule(this.#lingerMs, () => socket.destroy());
    socket.once('close', cancel);
    socket.once('end', () => socket.destroy());
  }
}
