import { type Agent, type IncomingHttpHeaders, request } from 'node:http';
import type { Socket } from 'node:net';

/** A request on the wire, and what came of it. */
export interface Exchange {
  /**
   * - `answered`: with a status; `lost`: the connection ended first; `unreachable`: no connection came about, or no
   *   whole request; `left`: the caller did not wait.
   */
  readonly kind: 'answered' | 'lost' | 'unreachable' | 'left';
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: { readonly [member: string]: unknown };
  /** Our port, by which the worker at the other end is known; 0 when unreachable. */
  readonly localPort: number;
  readonly reason: string;
}

export interface Question {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly agent: Agent;
  /** The caller gives up by then, which the service never makes it do. */
  readonly giveUpMs: number;
}

const nothing = { status: 0, headers: {}, body: {} };

/** Asks over HTTP. Never rejects. */
export function ask(question: Question): Promise<Exchange> {
  return new Promise((resolve) => {
    const text = question.body === undefined ? '' : JSON.stringify(question.body);
    let localPort = 0;
    const lost = (error: NodeJS.ErrnoException) => {
      const kind = error.code === 'ECONNREFUSED' ? 'unreachable' : 'lost';
      resolve({ ...nothing, kind, localPort, reason: error.message });
    };
    const sent = request(question.url, {
      agent: question.agent,
      method: question.method,
      headers: headersOf(question, text),
    });
    const timer = setTimeout(() => sent.destroy(new Error('no answer in time')), question.giveUpMs);
    sent.on('socket', (socket) => whenConnected(socket, () => (localPort = socket.localPort ?? 0)));
    sent.on('error', lost);
    sent.on('close', () => clearTimeout(timer));
    sent.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('error', lost);
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ kind: 'answered', status, headers, body: parsed(body), localPort, reason: '' });
      });
    });
    sent.end(text);
  });
}

function whenConnected(socket: Socket, then: () => void): void {
  if (socket.connecting) socket.once('connect', then);
  else then();
}

function headersOf(question: Question, text: string): Record<string, string | number> {
  return {
    ...(text === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    ...(question.idempotencyKey === undefined ? {} : { 'idempotency-key': question.idempotencyKey }),
  };
}

function parsed(text: string): Exchange['body'] {
  try {
    return JSON.parse(text) as Exchange['body'];
  } catch {
    return {};
  }
}
