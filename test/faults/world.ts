import type { UserId } from '../../src/domain/operation.ts';
import { slotOf } from '../../src/routing/bucket.ts';
import { Random } from '../support/random.ts';
import { Cluster } from './cluster.ts';
import { DatabaseProxy } from './database-proxy.ts';
import { createUsers } from './history-of-users.ts';
import { PostgresServer } from './postgres-server.ts';
import { callerPortsOf } from './processes.ts';
import type { Recorded } from './records.ts';
import type { Trial } from './trial.ts';
import { until } from './wait.ts';

export const REQUEST_TIMEOUT_MS = 3000;
/** A caller gives up only long after the service should have answered. */
export const GIVE_UP_MS = 15_000;
const HEALED_WITHIN_MS = 25_000;

const CACHE_SIZES = [1, 10, 1_000_000];

export interface WorldOptions {
  readonly workers: number;
  readonly seed: number;
}

/** Everything a fault may lay hands on: the service, its network and its database, under a load that goes on. */
export class World {
  readonly workers: number;
  readonly server: PostgresServer;
  readonly proxy: DatabaseProxy;
  readonly #random: Random;
  #cluster: Cluster;
  #url = '';
  #trial: Trial | null = null;

  private constructor(options: WorldOptions, server: PostgresServer, proxy: DatabaseProxy) {
    this.workers = options.workers;
    this.#random = new Random(options.seed);
    this.server = server;
    this.proxy = proxy;
    this.#cluster = this.spawnCluster();
  }

  static async open(options: WorldOptions): Promise<World> {
    const server = await PostgresServer.create();
    const world = new World(options, server, await DatabaseProxy.open(server.port));
    try {
      await world.untilReady();
      return world;
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#cluster.end('SIGTERM');
    await this.#cluster.untilGone();
    await this.proxy.close();
    await this.server.destroy();
  }

  get cluster(): Cluster {
    return this.#cluster;
  }

  /** Where the service is, or was last. */
  get url(): string {
    this.#url = this.#cluster.url || this.#url;
    return this.#url;
  }

  get trial(): Trial {
    if (this.#trial === null) throw new Error('there is no trial under way');
    return this.#trial;
  }

  begin(trial: Trial | null): void {
    this.#trial = trial;
  }

  /** A launcher and its workers, beside what runs already. */
  spawnCluster(): Cluster {
    return new Cluster({
      databaseUrl: this.server.serviceUrl(this.proxy.port),
      workers: this.workers,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      // However little is remembered, the answers are the same.
      cacheUsersMax: this.#random.pick(CACHE_SIZES),
      folder: this.server.folder,
    });
  }

  /** Takes over what is asked of the service. */
  serveBy(cluster: Cluster): void {
    this.#cluster = cluster;
  }

  /** Every slot has its owner. */
  async untilReady(): Promise<void> {
    await until(
      'the service to be ready',
      () => {
        if (this.#cluster.hasEnded) throw new Error('the service has ended');
        return this.#cluster.isReady();
      },
      HEALED_WITHIN_MS,
    );
    this.#cluster.lookAtChildren();
  }

  createUsers(count: number, balance: number): Promise<number[]> {
    return createUsers(this.server, count, balance);
  }

  /** The ports of the callers that each worker serves, by its process. */
  callersByWorker(): ReadonlyMap<number, ReadonlySet<number>> {
    const { port } = this.#cluster;
    const all = this.#cluster.owners.map((pid) => [pid, callerPortsOf(pid, port)] as const);
    return new Map(all.filter(([, ports]) => ports.size > 0));
  }

  slotOf(userId: number): number {
    return slotOf(userId as UserId, this.workers);
  }

  get slots(): readonly number[] {
    return Array.from({ length: this.workers }, (_, slot) => slot);
  }

  /** From now on the time to the first good answer of these slots counts; all, when none is named. */
  wound(slots: readonly number[] = this.slots): void {
    this.trial.startProbes(slots);
  }

  /** Notes what must hold in the trial under way. */
  claim(holds: boolean, what: string): void {
    if (!holds) this.trial.violate('claim', what);
  }

  /** Of the calls under way during this fault those that are meant must have gone well: done, refused or read. */
  spare(isMeant: (recorded: Recorded) => boolean, why: string): void {
    this.trial.spared.push({ isMeant, why });
  }
}
