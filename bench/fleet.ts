import type { BenchDatabase } from './database.ts';
import type { Releases } from './releases.ts';
import { startNoop } from './sides/noop.ts';
import { startService } from './sides/service.ts';
import { type HttpSide, type HttpSideName, SERVICE } from './sides/side.ts';
import { startTablePeer } from './sides/table-peer.ts';

export interface FleetOptions {
  readonly database: BenchDatabase;
  /** Processes of the service, and of the peers that do nothing. */
  readonly workers: number;
  readonly releases: Releases;
}

/** The servers of the comparison: each is started when a scenario first asks for it, and serves all that follow. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #sides = new Map<HttpSideName, Promise<HttpSide>>();

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  http(name: HttpSideName): Promise<HttpSide> {
    const started = this.#sides.get(name) ?? this.#start(name);
    this.#sides.set(name, started);
    return started;
  }

  /** Where the servers of the fleet keep their users. */
  get database(): BenchDatabase {
    return this.#options.database;
  }

  /** Another service on a database of its own, gone with `releases`: no scenario before has filled its cache. */
  async freshService(isMetered: boolean, releases: Releases): Promise<HttpSide> {
    const { database, workers } = this.#options;
    return startService({ workers, releases, database: await database.sibling(releases), isMetered });
  }

  async #start(name: HttpSideName): Promise<HttpSide> {
    const { database, workers, releases } = this.#options;
    switch (name) {
      case SERVICE:
        return startService(this.#options);
      case 'express-noop':
      case 'node-http-noop':
        return startNoop(name, workers, releases);
      default:
        return startTablePeer(name, database, releases);
    }
  }
}
