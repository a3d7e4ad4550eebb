/** Users with ids from `firstId` on, without a gap. */
export interface Users {
  readonly firstId: number;
  readonly count: number;
}

/** Whose turn it is: one after the other, each as often as the others by chance, or by Zipf's law with exponent 1. */
export type UserChoice = 'in-turn' | 'uniform' | 'zipf';

/** A stream of withdrawals and reads over keep-alive connections. */
export interface StreamPlan {
  readonly url: string;
  readonly connections: number;
  readonly users: Users;
  readonly choice: UserChoice;
  /** The share of requests that read a balance, 0 to 1; the others withdraw. */
  readonly readShare: number;
  /** Withdrawals that one request to the batch endpoint carries; null: one, to the endpoint for a single change. */
  readonly itemsPerRequest: number | null;
  /** Null: each connection sends its next request when it has the answer to the one before. */
  readonly ratePerS: number | null;
  /** At the start, while connections are used for the first time: what is sent then is answered for, but not measured. */
  readonly leadInMs: number;
  /** After the lead-in. Nothing is sent after that; what was sent is waited for. */
  readonly durationMs: number;
  /** It ends with this many requests if that is earlier. */
  readonly requestsMax: number;
}

/** In the place of a number that an answer does not tell; no user has such an id, balance or version. */
export const UNTOLD = -1;

/** Answers 200 of one kind. The lists belong together, by index; what an answer does not tell is UNTOLD or ''. */
export interface AnswerList {
  readonly userIds: readonly number[];
  readonly balances: readonly number[];
  readonly versions: readonly number[];
  readonly operationIds: readonly string[];
}

export interface StreamResult {
  /** From the first request that is measured to the last answer; all connections stand before it begins. */
  readonly wallMs: number;
  /** Of every request that is measured: from its sending, at a fixed rate from the time it was due. */
  readonly latenciesMs: Float64Array;
  /**
   * Answers by status; a problem's code follows its status. 0: no answer in time, or a broken connection. An answered batch
   * counts by its items, each as it would have been answered alone.
   */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly accepted: AnswerList;
  readonly reads: AnswerList;
}
