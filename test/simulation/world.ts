import type { Operation, OperationId } from '../../src/domain/operation.ts';
import type { OperationHandler } from '../../src/domain/operation-handler.ts';
import type { Lease } from '../../src/store/ledger.ts';
import { Random } from '../support/random.ts';
import { Counters } from './counters.ts';
import { SimNetwork, type Tamper } from './sim-network.ts';
import { EPOCH_MS } from './sim-process.ts';
import { type ServerDefects, SimServer } from './sim-server.ts';
import { Timeline } from './timeline.ts';

/** Where a planted defect takes hold. None of them is set unless a test plants one. */
export interface Defects {
  readonly server?: ServerDefects;
  readonly tamper?: Tamper;
  readonly lease?: (lease: Lease) => Lease;
  readonly owner?: (owner: OperationHandler, world: World) => OperationHandler;
  /** Hears of no change from outside. */
  readonly isDeaf?: boolean;
  /** Every worker takes itself for the owner of every user. */
  readonly ownsEverything?: boolean;
}

/** What one simulation runs in: everything random in it comes from the seed. */
export class World {
  readonly timeline = new Timeline();
  readonly counters = new Counters();
  readonly random: Random;
  readonly defects: Defects;
  readonly server: SimServer;
  readonly network: SimNetwork;
  #operations = 0;

  constructor(seed: number, defects: Defects) {
    this.random = new Random(seed);
    this.defects = defects;
    this.server = new SimServer(this.timeline, this.random, defects.server ?? {});
    this.network = new SimNetwork(this.random, (message) => {
      this.#countRetry(message);
      return defects.tamper?.(message) ?? message;
    });
  }

  /** A UUIDv7 of now. */
  nextOperationId(): OperationId {
    this.#operations += 1;
    const time = Math.floor(EPOCH_MS + this.timeline.now)
      .toString(16)
      .padStart(12, '0');
    const number = this.#operations.toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${number}` as OperationId;
  }

  #countRetry(message: unknown): void {
    const [, operation] = message as readonly [number, Partial<Operation> | null];
    if (operation !== null && 'isRetry' in operation && operation.isRetry) this.counters.count('retry sent to a peer');
  }
}
