// A server that answers a constant and the id of the worker who did, and whose workers take connections as ACCEPT says.
import cluster, { type Worker } from 'node:cluster';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bindSharedPort } from '../../src/cluster/shared-port.ts';
import { Acceptors } from '../../src/http/acceptors.ts';
import { HTTP_LIMITS } from '../../src/http/limits.ts';

/**
 * - `round-robin`: the primary accepts and hands connections out, one process after the other; Node's default.
 * - `one-handle`: the workers accept from one handle each of a shared port, SCHED_NONE.
 * - `many-handles`: as the service does, 16 handles each of a port that the launcher has bound.
 */
export type AcceptStrategy = 'round-robin' | 'one-handle' | 'many-handles';

type ToWorker = { readonly kind: 'handle' } | { readonly kind: 'listen' };
type FromWorker = { readonly kind: 'up' } | { readonly kind: 'listening'; readonly port: number };

const HANDLES = 16;
const HOST = '127.0.0.1';

const strategy = process.env.ACCEPT as AcceptStrategy;
const workers = Number(process.env.WORKERS);

function answer(request: IncomingMessage, response: ServerResponse): void {
  const body = JSON.stringify({ workerPid: process.pid });
  request.resume();
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  });
}

function serve(): void {
  const handles: object[] = [];
  const tell = (message: FromWorker) => process.send?.(message);
  process.on('message', (message: ToWorker, handle: unknown) => {
    if (message.kind === 'handle') handles.push(handle as object);
    else {
      const target = handles.length > 0 ? { handles } : { host: HOST, port: 0 };
      void new Acceptors(createServer(answer))
        .listen(target, HTTP_LIMITS.listenBacklog)
        .then(({ port }: AddressInfo) => tell({ kind: 'listening', port }));
    }
  });
  tell({ kind: 'up' });
}

async function launch(): Promise<void> {
  cluster.schedulingPolicy = strategy === 'round-robin' ? cluster.SCHED_RR : cluster.SCHED_NONE;
  const shared = strategy === 'many-handles' ? await bindSharedPort({ host: HOST, port: 0 }) : null;
  const start = (worker: Worker) => {
    const tell = (message: ToWorker, handle?: typeof shared) => worker.send(message, handle?.handle);
    if (shared !== null) for (let sent = 0; sent < HANDLES; sent += 1) tell({ kind: 'handle' }, shared);
    tell({ kind: 'listen' });
  };
  let listeningCount = 0;
  cluster.on('message', (worker, message: FromWorker) => {
    if (message.kind === 'up') return start(worker);
    listeningCount += 1;
    const port = shared?.port ?? message.port;
    if (listeningCount === workers) process.stdout.write(`Listening on http://${HOST}:${port}\n`);
  });
  for (let forked = 0; forked < workers; forked += 1) cluster.fork();
}

process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
// Ctrl-C reaches the whole group; the bench itself ends this process.
process.on('SIGINT', () => undefined);
if (cluster.isWorker) serve();
else await launch();
