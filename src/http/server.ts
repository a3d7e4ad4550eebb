import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delay } from '../time/clock.ts';
import { Acceptors, type ListenTarget } from './acceptors.ts';
import { sendFailure } from './answers.ts';
import { Backpressure } from './backpressure.ts';
import { Connections } from './connections.ts';
import { createContext, type HttpDependencies } from './context.ts';
import { createFrontDoor } from './front-door.ts';
import { HEADER_FIELDS_MAX, HTTP_LIMITS, type HttpLimits } from './limits.ts';
import { createMeteredResponse } from './observed-response.ts';
import { LoopOverload } from './overload.ts';
import { WireErrors } from './wire-errors.ts';

export interface HttpLoad {
  readonly connections: number;
  /** Requests handed over and not answered. */
  readonly requestsInFlight: number;
  /** Connections that are left unread. */
  readonly connectionsHeld: number;
  /** How often a connection was left unread so far. */
  readonly timesHeld: number;
}

/**
 * The HTTP interface on the wire. It listens, then drains or is closed, once.
 */
export interface HttpServer {
  /** What it carries at this moment, and since it was made. */
  readLoad(): HttpLoad;
  /** Connections that are owed an answer. Counted when asked. */
  readonly busyConnections: number;
  /** Resolves once connections are accepted; rejects when the address cannot be bound. */
  listen(target: ListenTarget): Promise<AddressInfo>;
  /**
   * Accepts no more connections, ends each after its answer and the idle ones after a short grace. Resolves when no
   * connection is left, so no request is open and none can come; at the latest after `drainTimeoutMs`, when what is
   * left is cut off. A second call joins the first.
   */
  drain(): Promise<void>;
  /** Ends everything now, open requests included. */
  close(): void;
}

const SWEEP_INTERVAL_MS = 50;

function createNodeServer(limits: HttpLimits, { meter, requestTimeoutMs }: HttpDependencies): Server {
  const server = createServer({
    ...(meter !== null && { ServerResponse: createMeteredResponse(meter) }),
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.receiveTimeoutMs,
    requestTimeout: limits.receiveTimeoutMs,
    connectionsCheckingInterval: limits.checkingIntervalMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    insecureHTTPParser: false,
    // Checked with the other framing rules, which answer with a problem.
    requireHostHeader: false,
  });
  // One more than is accepted, so that the excess is seen.
  server.maxHeadersCount = HEADER_FIELDS_MAX + 1;
  // Unlimited: a connection that behaves may stay, and node would answer the one too many by itself, without a problem.
  server.maxRequestsPerSocket = 0;
  // Nothing moves on a busy connection while its request is worked on, which has a bound; one that stands still for
  // longer does not read its answers. Node itself stops reading from it meanwhile.
  server.timeout = requestTimeoutMs + limits.receiveTimeoutMs;
  return server;
}

/** Builds the server; nothing listens yet. `limits` is a parameter so that tests need not wait for the real ones. */
export function createHttpServer(dependencies: HttpDependencies, limits: HttpLimits = HTTP_LIMITS): HttpServer {
  const { clock, log, meter, observers, requestTimeoutMs } = dependencies;
  const server = createNodeServer(limits, dependencies);
  const connections = new Connections(clock);
  const backpressure = new Backpressure(clock, limits);
  const frontDoor = createFrontDoor(
    createContext(dependencies, {
      begin: () => backpressure.begin(),
      end({ socket }) {
        backpressure.end(socket);
        connections.forget(socket);
      },
    }),
  );
  let drained: Promise<void> | null = null;

  const acceptors = new Acceptors(server);
  const overload = new LoopOverload(clock, requestTimeoutMs);
  const wireErrors = new WireErrors(connections, clock, limits.lingerMs, meter);

  connections.watch(server);
  wireErrors.watch(server);
  server.on('connection', (socket) => {
    // Not server.maxConnections, which counts for each handle by itself.
    if (connections.size > limits.connectionsMax + limits.turnedAwayMax) socket.destroy();
    else if (connections.size > limits.connectionsMax && !connections.closeIdle()) wireErrors.turnAway(socket);
    else backpressure.queue(socket);
  });
  server.on('request', (request, response) => {
    if (!connections.open(request, response)) return;
    for (const observe of observers) observe(request, response);
    if (overload.isShedding && overload.sheds(request.url as string)) {
      meter?.shed('event_loop');
      sendFailure(response, 'overloaded');
    } else frontDoor(request, response);
  });

  function close(): void {
    acceptors.close();
    server.close();
    connections.destroyAll();
    overload.stop();
    backpressure.stop();
  }

  async function drain(): Promise<void> {
    const endsAtMs = clock.now() + limits.drainTimeoutMs;
    connections.startDraining();
    backpressure.stop();
    // Not yet server.close, which would end the idle connections at once, and with them requests on the wire.
    acceptors.close();
    await delay(clock, limits.drainGraceMs);
    while (connections.size > 0 && clock.now() < endsAtMs) {
      connections.destroyIdle();
      await delay(clock, SWEEP_INTERVAL_MS);
    }
    if (connections.size > 0) log.warn({ connections: connections.size }, 'The drain cuts off what is left');
    close();
  }

  return {
    readLoad: () => ({
      connections: connections.size,
      requestsInFlight: backpressure.inFlight,
      connectionsHeld: backpressure.held,
      timesHeld: backpressure.timesHeld,
    }),
    get busyConnections() {
      return connections.countBusy();
    },
    async listen(target) {
      const address = await acceptors.listen(target, limits.listenBacklog);
      overload.start();
      backpressure.start();
      return address;
    },
    drain: () => {
      drained ??= drain();
      return drained;
    },
    close,
  };
}
