import cluster from 'node:cluster';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the service asks for too: with Node's own 511, a burst of connections would wait for the kernel's next try. */
const BACKLOG = 16_384;

/**
 * Serves on a free port of loopback, in `processes` processes, prints its line, and ends with SIGTERM or when the bench
 * is gone. `create` runs in the processes that serve.
 */
export function listen(create: () => RequestListener, processes = 1): void {
  process.on('disconnect', () => process.exit(0));
  process.on('SIGTERM', () => process.exit(0));
  // Ctrl-C reaches the whole group; the bench itself ends this process.
  process.on('SIGINT', () => undefined);
  if (cluster.isWorker || processes === 1) {
    const server = createServer(create());
    server.listen(0, '127.0.0.1', BACKLOG, () => {
      if (cluster.isPrimary) announce(server.address() as AddressInfo);
    });
    return;
  }
  // As the workers of the service do: they take connections themselves, nobody hands them out.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  let listeningCount = 0;
  cluster.on('listening', (_worker, address) => {
    listeningCount += 1;
    if (listeningCount === processes) announce(address);
  });
  for (let started = 0; started < processes; started += 1) cluster.fork();
}

/** How many processes the bench wants a peer to have. */
export function processesWanted(): number {
  return Number(process.env.PEER_PROCESSES ?? 1);
}

function announce({ port }: Pick<AddressInfo, 'port'>): void {
  process.stdout.write(`Listening on http://127.0.0.1:${port}\n`);
}
