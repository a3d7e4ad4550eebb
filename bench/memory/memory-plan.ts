import type { Users } from '../stream/plan.ts';

export interface MemoryPlan {
  readonly databaseUrl: string;
  /** Each has one entry and this balance. */
  readonly users: Users;
  readonly balance: number;
  /** How many of the users are to be in the cache when memory is looked at, ascending. */
  readonly counts: readonly number[];
}

export interface MemoryReading {
  readonly users: number;
  /** What is alive beyond what was before the first user, after a garbage collection: heap and buffers outside it. */
  readonly liveBytes: number;
  /** Balances answered as created, of those users. */
  readonly answered: number;
  /** Balances answered as created when the same users were asked for again. */
  readonly answeredAgain: number;
  /** Users that the database was asked for when they were asked for again: those who were not in the cache. */
  readonly missed: number;
}
