import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { sendJson, sendProblem } from '../http/answers.ts';
import { refuseBadFraming } from '../http/framing.ts';
import { refuseBody, refuseQuery } from '../http/preconditions.ts';
import type { Logger } from '../observability/logger.ts';

export interface AdminServerOptions {
  readonly registry: Registry;
  /** Whether a caller may read the metrics. Absent: whoever reaches the listener may. */
  readonly authorize?: (request: IncomingMessage) => boolean | Promise<boolean>;
  readonly log: Pick<Logger, 'error'>;
}

/** The launcher's own listener, for those who operate the service. It listens, then is closed, once. */
export interface AdminServer {
  /** Rejects when the address cannot be bound; the message names the setting. */
  listen(target: { readonly host: string; readonly port: number }): Promise<AddressInfo>;
  /** Ends everything now. */
  close(): void;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

const HEADER_BYTES_MAX = 16 * 1024;
const HEADER_FIELDS_MAX = 100;
const RECEIVE_TIMEOUT_MS = 5000;
const CHECKING_INTERVAL_MS = 1000;
/** Longer than the usual 15 s between two scrapes would only keep sockets of those who went away. */
const KEEP_ALIVE_TIMEOUT_MS = 20_000;
const IDLE_TIMEOUT_MS = 30_000;
const CONNECTIONS_MAX = 64;

export function createAdminServer(options: AdminServerOptions): AdminServer {
  const handlers = new Map<string, Handler>([
    ['/livez', (_request, response) => sendJson(response, '{"status":"ok"}')],
    ['/metrics', (request, response) => sendMetrics(request, response, options)],
  ]);
  const server = createBoundedServer();
  server.on('request', (request, response) => {
    answer(request, response, handlers).catch((error: unknown) => {
      options.log.error({ err: error }, 'A request to the admin listener failed unexpectedly');
      if (response.headersSent) response.destroy();
      else sendProblem(response, 'internal', 'A defect of the service stopped this request.');
    });
  });
  return {
    listen: (target) => listen(server, target),
    close() {
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

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handlers: ReadonlyMap<string, Handler>,
): Promise<void> {
  if (refuseBadFraming(request, response)) return;
  const handler = handlers.get((request.url as string).split('?', 1)[0] as string);
  if (handler === undefined) return sendProblem(response, 'not_found', 'There is no such page here.');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return sendProblem(response, 'method_not_allowed', 'This page can only be read.', ['Allow', 'GET, HEAD']);
  }
  if (refuseQuery(request, response) || refuseBody(request, response)) return;
  await handler(request, response);
}

async function sendMetrics(
  request: IncomingMessage,
  response: ServerResponse,
  { registry, authorize }: AdminServerOptions,
): Promise<void> {
  if (authorize !== undefined && !(await authorize(request))) {
    sendProblem(response, 'unauthorized', 'Reading metrics needs the scope metrics:read.', [
      'WWW-Authenticate',
      'Bearer',
    ]);
    return;
  }
  const body = Buffer.from(await registry.metrics());
  if (response.destroyed) return;
  response.writeHead(200, {
    'Content-Type': registry.contentType,
    'Cache-Control': 'no-store',
    'Content-Length': body.length,
  });
  response.end(body);
}
