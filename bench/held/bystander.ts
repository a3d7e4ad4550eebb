// A server that only bears connections, for as long as the service does. Held here, they cost the service nothing, and
// the machine, which serves everybody in this bench, what they cost it anyway.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HTTP_LIMITS } from '../../src/http/limits.ts';

const BACKLOG = 1024;

process.on('disconnect', () => process.exit(0));
const server = createServer(
  {
    headersTimeout: HTTP_LIMITS.receiveTimeoutMs,
    requestTimeout: HTTP_LIMITS.receiveTimeoutMs,
    connectionsCheckingInterval: HTTP_LIMITS.checkingIntervalMs,
    keepAliveTimeout: HTTP_LIMITS.keepAliveTimeoutMs,
  },
  (_request, response) => response.end(),
);
server.listen(0, '127.0.0.1', BACKLOG, () => {
  process.stdout.write(`Listening on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
