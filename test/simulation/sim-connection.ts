import type { LeaseAnswer, LeaseHolder } from '../../src/store/lease.ts';
import { StoreError } from '../../src/store/store-error.ts';
import type { WriterConnection } from '../../src/store/writer-session.ts';
import type { Counters } from './counters.ts';
import type { SimBackend } from './sim-backend.ts';
import { SimLink, type Wire } from './sim-link.ts';
import type { SimServer } from './sim-server.ts';

/** As src/store/postgres-connection.ts bounds them. */
const ANSWER_WITHIN_MS = 5000;
const CONNECT_WITHIN_MS = 3000;

/** Sends one statement; the answer comes, or the connection is lost. */
export type Send = <T>(start: (backend: SimBackend, reply: (result: T | StoreError) => void) => void) => Promise<T>;

/** The writer's connection to the simulated server. */
export class SimConnection implements WriterConnection<Send> {
  readonly ended: Promise<Error>;
  readonly #server: SimServer;
  readonly #wire: Wire;
  readonly #holder: LeaseHolder;
  readonly #counters: Counters;
  readonly #link: SimLink;
  readonly #pending = new Set<(error: StoreError) => void>();
  #backend: SimBackend | null = null;
  #isEnded = false;
  #resolveEnded: (reason: Error) => void = () => undefined;

  constructor(server: SimServer, wire: Wire, holder: LeaseHolder, counters: Counters) {
    this.#server = server;
    this.#wire = wire;
    this.#holder = holder;
    this.#counters = counters;
    this.#link = new SimLink(wire);
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    wire.process.onExit(() => this.#hangUp());
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (message: string) => {
        this.#end(message);
        reject(new StoreError('unknown', message));
      };
      const cancel = this.#wire.process.clock.schedule(CONNECT_WITHIN_MS, () => fail('connecting took too long'));
      this.#link.toServer(() => {
        const backend = this.#server.connect();
        this.#backend = backend;
        if (backend === null) this.#counters.count('connection refused');
        else backend.onEnd = () => this.#link.toProcess(() => this.#end('the backend has ended'));
        this.#link.toProcess(() => {
          cancel();
          if (backend === null) fail('the server refuses connections');
          else resolve();
        });
      });
    });
  }

  tryLease(): Promise<LeaseAnswer> {
    return this.#send((backend, reply) =>
      backend.read<LeaseAnswer>(() => this.#server.tryLease(backend, this.#holder), reply),
    );
  }

  run<T>(send: (statements: Send) => Promise<T>): Promise<T> {
    return send((start) => this.#send(start));
  }

  confirmDurable(): Promise<void> {
    return this.#send((backend, reply) => backend.confirmDurable(reply));
  }

  ping(): Promise<void> {
    return this.#send((backend, reply) => backend.read(() => undefined, reply));
  }

  async close(): Promise<void> {
    this.#end('closed');
  }

  /** The connection is reset, seen from both ends. */
  break(): void {
    this.#hangUp();
    this.#wire.process.deliver(0, () => this.#end('reset'));
  }

  #send<T>(start: (backend: SimBackend, reply: (result: T | StoreError) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#isEnded) return reject(new StoreError('unknown', 'the connection has ended'));
      const settle = (result: T | StoreError) => {
        cancelTimer();
        this.#pending.delete(settle);
        if (result instanceof StoreError) reject(result);
        else resolve(result);
      };
      const cancelTimer = this.#wire.process.clock.schedule(ANSWER_WITHIN_MS, () => {
        this.#counters.count('answer overdue');
        settle(new StoreError('unknown', 'no answer in time'));
      });
      this.#pending.add(settle);
      this.#link.toServer(() => this.#arrive(start, (result) => this.#link.toProcess(() => settle(result))));
    });
  }

  #arrive<T>(
    start: (backend: SimBackend, reply: (result: T | StoreError) => void) => void,
    deliver: (result: T | StoreError) => void,
  ): void {
    const { weather, random } = this.#wire;
    if (this.#backend?.isAlive !== true) return;
    if (random.chance(weather.loseRequest)) {
      this.#counters.count('request lost before it was applied');
      this.break();
      return;
    }
    start(this.#backend, (result) => {
      if (!random.chance(weather.loseReply)) return deliver(result);
      this.#counters.count('applied, and the reply lost');
      this.break();
    });
  }

  /** The server sees the connection end, when the news arrives: behind what was sent before. */
  #hangUp(): void {
    this.#link.toServer(() => this.#backend?.clientGone());
  }

  #end(reason: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#hangUp();
    for (const fail of [...this.#pending]) fail(new StoreError('unknown', reason));
    this.#resolveEnded(new Error(reason));
  }
}
