import type { Operation } from '../../src/domain/operation.ts';
import type { OperationHandler } from '../../src/domain/operation-handler.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { Owner } from '../../src/owner/owner.ts';
import { PeerServer } from '../../src/routing/peer-server.ts';
import { Peers } from '../../src/routing/peers.ts';
import { Router } from '../../src/routing/router.ts';
import type { LeaseHolder } from '../../src/store/lease.ts';
import { OutsideChanges } from '../../src/store/outside-changes.ts';
import { WriterSession, type WriterSessionState } from '../../src/store/writer-session.ts';
import { silentLog } from '../support/silent-log.ts';
import { SimChangeFeed } from './sim-change-feed.ts';
import { type Send, SimConnection } from './sim-connection.ts';
import { SimLedgerReader, SimLedgerWriter } from './sim-ledger.ts';
import { fairWeather, type Wire } from './sim-link.ts';
import { SimProcess } from './sim-process.ts';
import type { World } from './world.ts';

const CACHE_SIZES = [1, 2, 1000];
const DRAIN_WITHIN_MS = 4000;

export interface SimWorkerOptions {
  readonly holder: LeaseHolder;
  readonly path: string;
  readonly paths: readonly (string | null)[];
  readonly onStateChange: (state: WriterSessionState) => void;
}

/** A worker, wired as src/cluster/worker.ts wires it, on simulated time, store and links. */
export class SimWorker {
  readonly process: SimProcess;
  readonly holder: LeaseHolder;
  readonly path: string;
  /** The weather on each of its connections to the server. */
  readonly writerWeather = fairWeather();
  readonly readerWeather = fairWeather();
  readonly feedWeather = fairWeather();
  isTakingRequests = true;
  readonly #session: WriterSession<Send>;
  readonly #owner: Owner;
  readonly #router: OperationHandler;
  readonly #peers: Peers;
  readonly #peerServer: PeerServer;
  readonly #outside: OutsideChanges;
  #connection: SimConnection | null = null;
  #feed: SimChangeFeed | null = null;

  constructor(world: World, { holder, path, paths, onStateChange }: SimWorkerOptions) {
    const { server, timeline, random, counters, network, defects } = world;
    const process = new SimProcess(timeline, random);
    const { clock } = process;
    const wire = (weather: Wire['weather']): Wire => ({ timeline, random, weather, process });
    this.process = process;
    this.holder = holder;
    this.path = path;

    this.#session = new WriterSession({
      connect: () => {
        this.#connection = new SimConnection(server, wire(this.writerWeather), holder, counters);
        return this.#connection;
      },
      clock,
      log: silentLog,
      onStateChange,
    });
    this.#owner = new Owner({
      reader: new SimLedgerReader(server, wire(this.readerWeather)),
      writer: new SimLedgerWriter(this.#session, server, counters),
      lease: defects.lease?.(this.#session) ?? this.#session,
      clock,
      log: silentLog,
      ensureSound: () => {
        if (!defects.isDeaf) this.#outside.ensureSound();
      },
      cacheUsersMax: random.pick(CACHE_SIZES),
      pendingPerUserMax: 16_384,
      pendingMax: 65_536,
    });
    const owner = defects.owner?.(this.#owner, world) ?? this.#owner;
    this.#outside = new OutsideChanges({
      connect: (onChange) => {
        this.#feed = new SimChangeFeed(server, wire(this.feedWeather), onChange);
        return this.#feed;
      },
      clock,
      log: silentLog,
      onChange: (userId) => {
        if (!defects.isDeaf) this.#owner.invalidate(userId);
      },
      onGap: () => {
        if (!defects.isDeaf) this.#owner.invalidateAll();
      },
    });
    this.#peerServer = new PeerServer(owner, clock);
    network.listen(path, { process, accept: (open) => this.#peerServer.accept(open) });
    this.#peers = new Peers({
      slot: holder.slot,
      paths,
      connect: (to, listener) => network.connect(process, to, listener),
      clock,
      pendingMax: 65_536,
    });
    this.#router = defects.ownsEverything ? owner : new Router(this.#peers.handlersWith(owner));
    this.#outside.start();
  }

  own(): void {
    this.#session.start();
  }

  meetPeer(slot: number, path: string): void {
    this.#peers.meet(slot, path);
  }

  handle(operation: Operation): Promise<Outcome> {
    return this.#router.handle(operation);
  }

  /** Stops taking requests; resolves when all it has are answered, and it has given its lease back. */
  async leave(whenDrained: () => Promise<void>): Promise<void> {
    this.isTakingRequests = false;
    const deadlineMs = this.process.clock.now() + DRAIN_WITHIN_MS;
    this.#owner.cutDeadlinesTo(deadlineMs);
    this.#peers.cutDeadlinesTo(deadlineMs);
    await whenDrained();
    this.#peerServer.refuseAll();
    await this.#owner.whenIdle();
    this.#peers.close();
    await Promise.all([this.#session.close(), this.#outside.close()]);
    this.process.kill();
  }

  breakWriter(): void {
    this.#connection?.break();
  }

  breakFeed(): void {
    this.#feed?.break();
  }
}
