import { rmSync } from 'node:fs';
import { url as debuggerUrl } from 'node:inspector';
import { dirname } from 'node:path';
import type { AcceptedCredentials } from '../access/credentials.ts';
import { isLocalOnly } from '../access/exposure.ts';
import { AccessGate } from '../access/gate.ts';
import { openRateCounter } from '../access/rate-counter.ts';
import { RateLimit } from '../access/rate-limit.ts';
import { HOP_GRACE_MS } from '../domain/operation.ts';
import { HTTP_LIMITS } from '../http/limits.ts';
import { createRequestLog } from '../http/request-log.ts';
import { createRequestTracing, type RequestObserver } from '../http/request-tracing.ts';
import { createHttpServer } from '../http/server.ts';
import { createLogger, type Logger } from '../observability/logger.ts';
import { Sampler } from '../observability/sampler.ts';
import { openTracing, type Tracing } from '../observability/tracing.ts';
import { WorkerMeter } from '../observability/worker-meter.ts';
import type { WorkerSample } from '../observability/worker-sample.ts';
import { Owner } from '../owner/owner.ts';
import { connectChannel } from '../routing/channel.ts';
import { PeerServer } from '../routing/peer-server.ts';
import { Peers } from '../routing/peers.ts';
import { Router } from '../routing/router.ts';
import { OutsideChanges } from '../store/outside-changes.ts';
import { PostgresChangeFeed } from '../store/postgres-change-feed.ts';
import { PostgresConnection } from '../store/postgres-connection.ts';
import { PostgresLedgerReader } from '../store/postgres-reader.ts';
import { PostgresLedgerWriter, prepareWriterStatements } from '../store/postgres-writer.ts';
import { UserIds } from '../store/user-ids.ts';
import { WriterSession } from '../store/writer-session.ts';
import { systemClock as clock } from '../time/clock.ts';
import {
  type AcceptorMessage,
  ALIVE_EVERY_MS,
  type LauncherMessage,
  type StartMessage,
  type WorkerMessage,
} from './messages.ts';

/** What is left of every deadline when a drain begins. */
export const DRAIN_WITHIN_MS = 4000;

type Tell = (message: WorkerMessage, whenSent?: () => void) => void;

/** The life of a worker after `start`, by the messages of its launcher. */
interface Worker {
  listen(handles: readonly object[]): Promise<void>;
  own(): void;
  accept(credentials: AcceptedCredentials | null): void;
  meetPeer(slot: number, path: string): void;
  setServiceReady(isReady: boolean): void;
  drain(): Promise<void>;
  /** Resolves with what it has counted and not told yet. */
  stop(): Promise<WorkerSample | null>;
}

/** Wires one worker. This is the one place that sees every layer. */
function composeWorker(start: StartMessage, tracing: Tracing | null, tell: Tell): Worker {
  const { config, databaseUrl, launcherTag, slot } = start;
  const log = createLogger(config.logLevel, { slot });

  const meter = config.isMetered ? new WorkerMeter() : null;
  const holder = { launcherTag, slot };
  const session = new WriterSession({
    connect: () => new PostgresConnection({ databaseUrl, holder, prepare: prepareWriterStatements }),
    clock,
    log,
    onStateChange: (state) => tell({ kind: 'session', state }),
  });
  const writer = new PostgresLedgerWriter(session);
  const reader = new PostgresLedgerReader(databaseUrl, log);
  const userIds = new UserIds({ reader, clock, log });
  const ensureSound = () => outside.ensureSound();
  const owner = new Owner({ ...config, reader, writer, lease: session, ensureSound, clock, log, meter });
  const outside = new OutsideChanges({
    connect: (onChange) => new PostgresChangeFeed(databaseUrl, onChange),
    clock,
    log,
    onChange: (userId) => owner.invalidate(userId),
    onGap: () => owner.invalidateAll(),
  });

  const peerServer = new PeerServer(owner, clock);
  const peers = new Peers({
    slot,
    paths: start.peerPaths,
    connect: (path, listener) => connectChannel(path, clock, listener),
    clock,
    pendingMax: config.pendingMax,
    onShed: () => meter?.shed('peer_queue'),
  });
  const router = new Router(peers.handlersWith(owner));

  const gate = createGate(start, log);
  let isServiceReady = false;
  const http = createHttpServer(
    {
      operations: router,
      allocateUserId: (deadlineMs) => userIds.next(deadlineMs),
      isReady: () => isServiceReady && session.isFresh(),
      gate,
      meter,
      observers: observersOf(log, tracing),
      clock,
      requestTimeoutMs: config.requestTimeoutMs,
      log,
    },
    { ...HTTP_LIMITS, connectionsMax: config.connectionsMax },
  );

  const sampler =
    meter === null
      ? null
      : new Sampler({
          meter,
          readGauges: () => {
            const { timesHeld, ...load } = http.readLoad();
            meter.setTimesHeld(timesHeld);
            return { ...load, ...owner.readLoad(), leaseFresh: session.isFresh() ? 1 : 0 };
          },
          send: (sample, whenSent) => tell({ kind: 'sample', sample }, whenSent),
          clock,
        });

  return {
    async listen(handles) {
      await peerServer.listen(start.peerPath);
      await http.listen({ handles });
      outside.start();
    },
    own: () => session.start(),
    accept: (credentials) => gate?.accept(credentials),
    meetPeer: (peerSlot, path) => peers.meet(peerSlot, path),
    setServiceReady(isReady) {
      isServiceReady = isReady;
    },
    async drain() {
      isServiceReady = false;
      const deadlineMs = clock.now() + DRAIN_WITHIN_MS - HOP_GRACE_MS;
      owner.cutDeadlinesTo(deadlineMs);
      peers.cutDeadlinesTo(deadlineMs);
      await http.drain();
      sampler?.tell();
    },
    async stop() {
      peerServer.refuseAll();
      await owner.whenIdle();
      peers.close();
      peerServer.close();
      await Promise.all([session.close(), reader.close(), outside.close()]);
      return sampler?.stop() ?? null;
    },
  };
}

function observersOf(log: Logger, tracing: Tracing | null): readonly RequestObserver[] {
  return [
    ...(tracing === null ? [] : [createRequestTracing(tracing)]),
    ...(log.isLevelEnabled('debug') ? [createRequestLog(log)] : []),
  ];
}

/** Who may do what; null when everybody may do everything and as often as they like. */
function createGate({ config, credentials, launcherTag }: StartMessage, log: Logger): AccessGate | null {
  const settings = config.access.rateLimit;
  const localOnly = isLocalOnly(config.host, config.access);
  if (credentials === null && settings === null && !localOnly) return null;
  const counter = settings === null ? null : openRateCounter(settings, config.workers);
  const rateLimit = settings === null || counter === null ? null : new RateLimit({ settings, counter, clock, log });
  return new AccessGate({ credentials, rateLimit, isLocalOnly: localOnly, salt: String(launcherTag), clock, log });
}

/** Runs this process as a worker, as its launcher tells it. It ends with `stop`, or with its launcher. */
export async function runWorker(): Promise<void> {
  // With a callback the error of a message that cannot be sent goes there, not to the process.
  const tell: Tell = (message, whenSent) =>
    whenSent === undefined ? process.send?.(message) : process.send?.(message, whenSent);
  // The launcher hears the same signals, and tells when to drain.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.on('SIGHUP', () => undefined);

  const tracing = await openTracing();
  const handles: object[] = [];
  let worker: Worker | null = null;
  process.on('message', (message: LauncherMessage, handle: unknown) => {
    if (message.kind === 'acceptor') {
      handles.push(handle as object);
    } else if (message.kind === 'start') {
      endWithLauncher(message.peerPath);
      keepTellingAlive(tell);
      const started = composeWorker(message, tracing, tell);
      worker = started;
      started.listen(handles).then(
        () => tell({ kind: 'listening' }),
        (error: Error) => tell({ kind: 'failed', reason: error.message }),
      );
    } else if (worker !== null) obey(worker, message, tell);
  });
  tell({ kind: 'up' });
}

/** Without a launcher nobody would see this worker's exit, and a lease must not outlive those who know of it. */
function endWithLauncher(peerPath: string): void {
  process.on('disconnect', () => {
    rmSync(dirname(peerPath), { recursive: true, force: true });
    process.exit(1);
  });
}

/** A launcher that takes nothing in is sent no more than one. */
function keepTellingAlive(tell: Tell): void {
  let isOnItsWay = false;
  setInterval(() => {
    if (isOnItsWay) return;
    isOnItsWay = true;
    tell({ kind: 'alive', isDebugged: debuggerUrl() !== undefined }, () => {
      isOnItsWay = false;
    });
  }, ALIVE_EVERY_MS);
}

/** Ends this process once its launcher has the sample. */
function tellLast(sample: WorkerSample | null): void {
  if (sample === null) process.exit(0);
  process.send?.({ kind: 'sample', sample } satisfies WorkerMessage, () => process.exit(0));
}

function obey(worker: Worker, message: Exclude<LauncherMessage, StartMessage | AcceptorMessage>, tell: Tell) {
  switch (message.kind) {
    case 'own':
      return worker.own();
    case 'credentials':
      return worker.accept(message.credentials);
    case 'peer':
      return worker.meetPeer(message.slot, message.path);
    case 'ready':
      return worker.setServiceReady(message.isReady);
    case 'drain':
      return void worker.drain().then(() => tell({ kind: 'drained' }));
    case 'stop':
      return void worker.stop().then(tellLast, () => process.exit(0));
  }
}
