/** The largest request body but that of a batch, in bytes. The longest valid one is under 100. */
export const BODY_BYTES_MAX = 16 * 1024;

/** Items in one batch. */
export const BATCH_ITEMS_MAX = 10_000;

/**
 * The largest body of a batch: 10,000 items with the longest ids and amounts and keys of 255 characters have 3.3 MB; the
 * rest is for white space and escapes.
 */
export const BATCH_BODY_BYTES_MAX = 4 * 1024 * 1024;

/**
 * What all batches of this worker may hold in memory together, from the first byte of a body until the answer has left:
 * 12 of the largest at once. It is far less than
 * connections times bodies, which callers who send slowly or do not read their answers could make of it.
 */
export const BATCH_BYTES_MAX = 128 * 1024 * 1024;

/** Entries on one page, where the caller does not say how many, and at most. */
export const ENTRIES_LIMIT_DEFAULT = 100;
export const ENTRIES_LIMIT_MAX = 1000;

/** More header fields than this are refused; node would drop the rest silently and hide a duplicate among them. */
export const HEADER_FIELDS_MAX = 100;

/**
 * Requests that one connection may send ahead of its answers; then it is not read from until these have left. What was
 * read with them, at most 64 KB, is taken in too.
 */
export const PIPELINE_MAX = 100;

/** What one connection may cost and for how long. Everything the server bounds on the wire is set here. */
export interface HttpLimits {
  /** All header lines of one request together. */
  readonly headerBytesMax: number;
  /** From the first moment of a request (or of the connection) to the end of its headers, and of its body. */
  readonly receiveTimeoutMs: number;
  /**
   * How often the above is checked, so a slow connection ends at most this much later. Often, so that few end at once:
   * 50 of them, once a second, were a pause of 5 ms. A check costs 0.2 us for each request that is still arriving.
   */
  readonly checkingIntervalMs: number;
  /** An idle connection is kept longer than the 60 s after which common load balancers drop it on their side. */
  readonly keepAliveTimeoutMs: number;
  /**
   * Connections of this worker. For one beyond them an idle one is closed; where none is, it is told 503 and closed. Each
   * holds about 20 KB, so the default is some 400 MB, and as many requests can wait for one turn of the event loop.
   */
  readonly connectionsMax: number;
  /** Connections beyond these that are being told so at the same time; further ones are closed without a word. */
  readonly turnedAwayMax: number;
  /**
   * Requests in flight from which no more are read while the processor is the limit. Each scavenge of the young
   * generation copies what is in flight, so that a busy worker with 4,000 does 70% of what it does with 500 (decision 0018).
   */
  readonly inFlightMax: number;
  /**
   * The processor is the limit from this share of the time in which the event loop worked. Where the database is, more
   * in flight makes larger rounds, and reading on costs nothing.
   */
  readonly busyShare: number;
  /**
   * Nobody is left unread for longer. An unread request has no deadline, and a worker can be busy with callers who have
   * lost patience and come again, while the database is the limit.
   */
  readonly unreadMaxMs: number;
  /** Connections waiting to be accepted; the kernel caps it at net.core.somaxconn. */
  readonly listenBacklog: number;
  /** A connection that sent nonsense is given this long to read why. */
  readonly lingerMs: number;
  /** While draining, an idle connection stays this long, so that a request already on the wire is still served. */
  readonly drainGraceMs: number;
  /** Draining ends here at the latest: whoever has not read the answer by then will not. */
  readonly drainTimeoutMs: number;
}

export const HTTP_LIMITS: HttpLimits = {
  headerBytesMax: 16 * 1024,
  receiveTimeoutMs: 10_000,
  checkingIntervalMs: 100,
  keepAliveTimeoutMs: 72_000,
  connectionsMax: 20_000,
  turnedAwayMax: 256,
  inFlightMax: 700,
  busyShare: 0.8,
  unreadMaxMs: 1000,
  listenBacklog: 16_384,
  lingerMs: 1000,
  drainGraceMs: 500,
  drainTimeoutMs: 4500,
};
