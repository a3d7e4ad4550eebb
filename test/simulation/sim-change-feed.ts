import type { UserId } from '../../src/domain/operation.ts';
import type { ChangeFeed } from '../../src/store/outside-changes.ts';
import { SimLink, type Wire } from './sim-link.ts';
import type { SimServer } from './sim-server.ts';

const CONNECT_WITHIN_MS = 2000;

/** LISTEN on the simulated server. */
export class SimChangeFeed implements ChangeFeed {
  readonly ended: Promise<Error>;
  readonly #server: SimServer;
  readonly #wire: Wire;
  readonly #link: SimLink;
  readonly #onChange: (userId: UserId) => void;
  #unlisten: () => void = () => undefined;
  #resolveEnded: (reason: Error) => void = () => undefined;

  constructor(server: SimServer, wire: Wire, onChange: (userId: UserId) => void) {
    this.#server = server;
    this.#wire = wire;
    this.#link = new SimLink(wire);
    this.#onChange = onChange;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    wire.process.onExit(() => this.#unlisten());
  }

  async open(): Promise<void> {
    await this.#roundTrip(CONNECT_WITHIN_MS);
    this.#unlisten = this.#server.listen((userId) => this.#link.toProcess(() => this.#onChange(userId)));
  }

  ping(): Promise<void> {
    return this.#roundTrip(CONNECT_WITHIN_MS);
  }

  async close(): Promise<void> {
    this.break();
  }

  break(): void {
    this.#unlisten();
    this.#wire.process.deliver(0, () => this.#resolveEnded(new Error('reset')));
  }

  #roundTrip(withinMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.#wire.process.clock.schedule(withinMs, () => reject(new Error('no answer')));
      this.#link.toServer(() => {
        const { isUp } = this.#server;
        this.#link.toProcess(() => {
          cancel();
          if (isUp) resolve();
          else reject(new Error('the server refuses connections'));
        });
      });
    });
  }
}
