/** What the load generator is asked to do: the same POST, `requests` times. */
export interface LoadOrder {
  readonly url: string;
  readonly body: string;
  /** Opened at the same time; each takes its next request when it has the answer to the one before. */
  readonly connections: number;
  readonly requests: number;
}

/** What came back. The three arrays belong together, by index, in the order of arrival. */
export interface LoadResult {
  /** From the moment all connections start to open, to the last answer. */
  readonly wallMs: number;
  readonly statuses: readonly number[];
  readonly latenciesMs: readonly number[];
  readonly bodies: readonly string[];
  /** Failed connections, resets and timeouts by their code or message. */
  readonly errors: Readonly<Record<string, number>>;
}
