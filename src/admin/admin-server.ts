import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Gate } from '../access/gate.ts';
import type { Console } from '../console/console-endpoints.ts';
import { sendJson, sendProblem } from '../http/answers.ts';
import { awaitInvitation } from '../http/awaited-body.ts';
import { type Endpoint, failRequest } from '../http/context.ts';
import { refuseBadFraming } from '../http/framing.ts';
import { guard } from '../http/guard.ts';
import { refuseBody, refuseQuery } from '../http/preconditions.ts';
import type { Logger } from '../observability/logger.ts';

export interface AdminServerOptions {
  readonly registry: Registry;
  /** Who may read the metrics. Null: whoever reaches the listener. */
  readonly gate: Gate | null;
  readonly console: Console;
  readonly log: Pick<Logger, 'error' | 'warn' | 'debug'>;
}

/** The launcher's own listener, for those who operate the service. It listens, then is closed, once. */
export interface AdminServer {
  /** Rejects when the address cannot be bound; the message names the setting. */
  listen(target: { readonly host: string; readonly port: number }): Promise<AddressInfo>;
  /** Ends everything now. */
  close(): void;
}

const HEADER_BYTES_MAX = 16 * 1024;
const HEADER_FIELDS_MAX = 100;
const RECEIVE_TIMEOUT_MS = 5000;
const CHECKING_INTERVAL_MS = 1000;
/** Longer than the usual 15 s between two scrapes would only keep sockets of those who went away. */
const KEEP_ALIVE_TIMEOUT_MS = 20_000;
/** Without a byte in either direction: a stream of the console has some each second. */
const IDLE_TIMEOUT_MS = 30_000;
const CONNECTIONS_MAX = 64;

export function createAdminServer(options: AdminServerOptions): AdminServer {
  const endpoints = new Map<string, Endpoint>([
    ['/livez', withoutQuery((_request, response) => sendJson(response, '{"status":"ok"}'))],
    ['/metrics', withoutQuery(guard(options, 'metrics:read', createMetricsEndpoint(options)))],
  ]);
  const endpointOf = (url: string) => endpoints.get(url.split('?', 1)[0] as string) ?? options.console.endpointOf(url);
  const server = createBoundedServer();
  server.on('request', (request, response) => answer(request, response, endpointOf));
  server.on('checkContinue', (request, response) => {
    awaitInvitation(request, response);
    answer(request, response, endpointOf);
  });
  return {
    listen: (target) => listen(server, target),
    close() {
      options.console.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** No more and no longer than these few readers need. A malformed request ends its connection, as node does it. */
function createBoundedServer(): Server {
  const server = createServer({
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: RECEIVE_TIMEOUT_MS,
    requestTimeout: RECEIVE_TIMEOUT_MS,
    connectionsCheckingInterval: CHECKING_INTERVAL_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    requireHostHeader: false,
    insecureHTTPParser: false,
  });
  server.maxHeadersCount = HEADER_FIELDS_MAX + 1;
  server.maxConnections = CONNECTIONS_MAX;
  server.timeout = IDLE_TIMEOUT_MS;
  return server;
}

function listen(server: Server, target: { readonly host: string; readonly port: number }): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(unbound(target, cause)));
    server.listen(target, () => resolve(server.address() as AddressInfo));
  });
}

function unbound({ host, port }: { host: string; port: number }, cause: NodeJS.ErrnoException): Error {
  const reason = cause.code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${cause.message})`;
  const advice = 'Set ADMIN_PORT to another port, to 0 for any free one, or to off.';
  return new Error(`ADMIN_PORT ${port} on ADMIN_HOST ${host} ${reason}. ${advice}`, { cause });
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  endpointOf: (url: string) => Endpoint | undefined,
): void {
  if (refuseBadFraming(request, response)) return;
  const endpoint = endpointOf(request.url as string);
  if (endpoint === undefined) {
    sendProblem(response, 'not_found', 'There is no such page here.');
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    sendProblem(response, 'method_not_allowed', 'This page can only be read.', ['Allow', 'GET, HEAD']);
  } else if (!refuseBody(request, response)) {
    endpoint(request, response);
  }
}

function withoutQuery(endpoint: Endpoint): Endpoint {
  return (request, response) => {
    if (!refuseQuery(request, response)) endpoint(request, response);
  };
}

/** In the text format of Prometheus. */
function createMetricsEndpoint({ registry, log }: AdminServerOptions): Endpoint {
  return (request, response) => {
    registry.metrics().then(
      (text) => sendMetrics(response, Buffer.from(text), registry.contentType),
      (error: unknown) => failRequest({ log }, request, response, error),
    );
  };
}

function sendMetrics(response: ServerResponse, body: Buffer, contentType: string): void {
  if (response.destroyed) return;
  response.writeHead(200, {
    'Content-Type': contentType,
    'Cache-Control': 'no-store',
    'Content-Length': body.length,
  });
  response.end(body);
}
