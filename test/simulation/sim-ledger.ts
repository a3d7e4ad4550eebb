import type { Account, RecordedEntry } from '../../src/domain/decide.ts';
import type { Creation, EntriesQuery, OperationId, UserId, Version } from '../../src/domain/operation.ts';
import type { ListedEntry } from '../../src/domain/outcome.ts';
import type { Inspection, LedgerReader, LedgerWriter, UserChange } from '../../src/store/ledger.ts';
import { StoreError } from '../../src/store/store-error.ts';
import type { WriterSession } from '../../src/store/writer-session.ts';
import type { Counters } from './counters.ts';
import type { Send } from './sim-connection.ts';
import { SimLink, type Wire } from './sim-link.ts';
import type { SimServer } from './sim-server.ts';

/** The ledger as the owner changes it: through the real session, on the simulated server. */
export class SimLedgerWriter implements LedgerWriter {
  readonly #session: WriterSession<Send>;
  readonly #server: SimServer;
  readonly #counters: Counters;

  constructor(session: WriterSession<Send>, server: SimServer, counters: Counters) {
    this.#session = session;
    this.#server = server;
    this.#counters = counters;
  }

  async apply(round: readonly UserChange[], options: { readonly skipLocked: boolean }): Promise<ReadonlySet<UserId>> {
    if (options.skipLocked) this.#counters.count('round that skips locked rows');
    try {
      const changed = await this.#session.run((send) =>
        send<ReadonlySet<UserId>>((backend, reply) => backend.apply(round, options.skipLocked, reply)),
      );
      if (changed.size < round.length) this.#counters.count('guard missed');
      return changed;
    } catch (error) {
      if (error instanceof StoreError) this.#counters.count(`round failed: ${error.failure}`);
      throw error;
    }
  }

  create(creations: readonly Creation[]): Promise<ReadonlySet<UserId>> {
    return this.#session.run((send) => send<ReadonlySet<UserId>>((backend, reply) => backend.create(creations, reply)));
  }

  inspect(userId: UserId, version: Version, keys: readonly string[]): Promise<Inspection> {
    return this.#read(() => this.#server.tables.inspect(userId, version, keys));
  }

  inspectOpenings(creations: readonly Creation[]): Promise<ReadonlyMap<UserId, Inspection>> {
    return this.#read(() => this.#server.tables.inspectOpenings(creations));
  }

  findOperations(userId: UserId, ids: readonly OperationId[], sinceMs: number): Promise<readonly RecordedEntry[]> {
    this.#counters.count('retries looked up');
    return this.#read(() => this.#server.tables.findOperations(userId, ids, sinceMs));
  }

  confirmDurable(): Promise<void> {
    return this.#session.confirmDurable();
  }

  #read<T>(look: () => T): Promise<T> {
    return this.#session.run((send) => send<T>((backend, reply) => backend.read(look, reply)));
  }
}

/** As src/store/postgres-reader.ts bounds it. */
const ANSWER_WITHIN_MS = 3000;

/** Committed state, over connections that are made anew whenever they are needed. */
export class SimLedgerReader implements LedgerReader {
  readonly #server: SimServer;
  readonly #wire: Wire;

  constructor(server: SimServer, wire: Wire) {
    this.#server = server;
    this.#wire = wire;
  }

  load(userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, Account>> {
    return this.#read(() => this.#server.tables.load(userIds));
  }

  listEntries(query: EntriesQuery, upTo: Version): Promise<readonly ListedEntry[]> {
    return this.#read(() => this.#server.tables.listEntries(query, upTo));
  }

  allocateUserIds(count: number): Promise<readonly UserId[]> {
    return this.#read(() => this.#server.tables.allocateUserIds(count));
  }

  #read<T>(look: () => T): Promise<T> {
    const { process } = this.#wire;
    const link = new SimLink(this.#wire);
    return new Promise((resolve, reject) => {
      const cancel = process.clock.schedule(ANSWER_WITHIN_MS, () => reject(new StoreError('unknown', 'no answer')));
      link.toServer(() => {
        const found = this.#server.isUp ? look() : null;
        link.toProcess(() => {
          cancel();
          if (found === null) reject(new StoreError('unknown', 'the server refuses connections'));
          else resolve(found);
        });
      });
    });
  }
}
