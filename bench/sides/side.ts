import type { LoadResult } from '../load-protocol.ts';
import type { StreamResult, Users } from '../stream/plan.ts';

/** The sides' names, as tables and result files have them. */
export const SERVICE = 'this service';
/** The same with METRICS=off, to see what counting costs. */
export const UNMETERED = 'without metrics';
export const USUAL_DESIGN = 'usual design';
/** The owner, the group commit and the writer of the service, without HTTP. */
export const CORE = 'in process';
export const PGBENCH = 'pgbench';

/** Servers that take the service's requests. */
export type HttpSideName = typeof SERVICE | TablePeerName | NoopName;
/** Peers that work on a table of their own in the same database, and keep no entries. */
export type TablePeerName = typeof USUAL_DESIGN | 'express-pg' | 'drizzle' | 'select-for-update';
/** Peers that answer a constant. */
export type NoopName = 'express-noop' | 'node-http-noop';
export type SideName = HttpSideName | typeof UNMETERED | typeof CORE | typeof PGBENCH;

/** True of what is the service's, or a part of it. */
export const isOwn = (side: SideName): boolean => side === SERVICE || side === UNMETERED || side === CORE;

/** What a person should know of a side, by its name. */
export const SIDE_NOTES: Readonly<Partial<Record<SideName, string>>> = {
  [UNMETERED]: 'this service with METRICS=off; both are started for this, each on a database of its own.',
  [USUAL_DESIGN]: 'Express, Sequelize with a pool of 10, one guarded UPDATE per request, no ledger; one process.',
  'express-pg': 'Express, the bare driver with a pool of 10, one guarded UPDATE per request, no ledger; one process.',
  drizzle: 'Express, Drizzle with a pool of 10, one guarded UPDATE per request, no ledger; one process.',
  'select-for-update':
    'Express, the bare driver with a pool of 10, a transaction with SELECT ... FOR UPDATE per request, no ledger; one process.',
  'express-noop': 'Express, no database, a constant answer; as many processes as the service has workers.',
  'node-http-noop': 'node:http, no database, a constant answer; as many processes as the service has workers.',
  [CORE]: 'owner, group commit and writer of the service, called in one process without HTTP.',
  [PGBENCH]: 'one guarded UPDATE of one row per transaction, prepared; the best of 1, 10 and 50 clients.',
};

export interface Account {
  readonly userId: number;
  readonly opening: number;
}

/** What every withdrawal of a stream should be answered with. */
export type Expected = 'accepted' | 'refused';

/** Everything that should not be after a stream; empty is proven. */
export type StreamProof = (result: StreamResult) => Promise<readonly string[]>;

/** One server of the comparison, running. */
export interface HttpSide {
  readonly name: string;
  /** Of the process that was started; it may have others do its work. */
  readonly pid: number;
  readonly url: string;
  /** A user of its own for every run, who owns `balance`. */
  createAccount(balance: number): Promise<Account>;
  /** After `load` withdrew 2 from `account` once per unit it owned: everything that should not be; empty is proven. */
  prove(account: Account, load: LoadResult): Promise<readonly string[]>;
  /** New users, made in the database: the server has never seen them. */
  createUsers(count: number, balance: number): Promise<Users>;
  /** Notes how the users stand, before a stream that nothing else disturbs; the proof compares. */
  watch(users: Users, expected: Expected): Promise<StreamProof>;
  /** The end of its log, for a person who looks for the cause. */
  tail(): string;
}
