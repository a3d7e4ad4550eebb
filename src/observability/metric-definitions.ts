/**
 * What the workers count. Every series has a fixed place in one vector of numbers, so that counting is one addition, a
 * worker's counts travel as one list, and the launcher adds lists. No label has a value that is not written here, so
 * nothing from outside can make a new series.
 */

export type LabelValues = Readonly<Record<string, string>>;

interface Metric {
  readonly name: string;
  readonly help: string;
  /** The labels of each series; a metric without labels has one series without any. */
  readonly series: readonly LabelValues[];
  /** Where its first series begins in the vector. */
  readonly at: number;
}

/** One number per series. */
export interface CounterMetric extends Metric {
  readonly kind: 'counter';
}

/** Per series: a count for each bound, one for what is above all of them, and the sum of all values. */
export interface HistogramMetric extends Metric {
  readonly kind: 'histogram';
  /** Upper bounds, inclusive, ascending, in the unit that ends the name. */
  readonly bounds: readonly number[];
}

export type CountedMetric = CounterMetric | HistogramMetric;

let placed = 0;

function place(size: number): number {
  const at = placed;
  placed += size;
  return at;
}

function counter(name: string, help: string, series: readonly LabelValues[] = [{}]): CounterMetric {
  return { kind: 'counter', name: `user_balance_${name}`, help, series, at: place(series.length) };
}

function histogram(
  name: string,
  help: string,
  bounds: readonly number[],
  series: readonly LabelValues[] = [{}],
): HistogramMetric {
  const at = place(series.length * (bounds.length + 2));
  return { kind: 'histogram', name: `user_balance_${name}`, help, series, bounds, at };
}

/** The numbers of one series of a histogram: its counts and its sum. */
export const histogramSize = ({ bounds }: Pick<HistogramMetric, 'bounds'>): number => bounds.length + 2;

const by = (label: string, values: readonly string[]): LabelValues[] => values.map((value) => ({ [label]: value }));

/** Every one of `outer` with every one of `inner`, the latter running fastest. */
const each = (outer: readonly LabelValues[], inner: readonly LabelValues[]): LabelValues[] =>
  outer.flatMap((first) => inner.map((second) => ({ ...first, ...second })));

const powersOfTwo = (upTo: number) => Array.from({ length: Math.log2(upTo) + 1 }, (_, power) => 2 ** power);

/** Requests are told apart by these; `NO_ROUTE` is what came to none: no such path, a wrong method, no HTTP at all. */
export const ROUTES = [
  { method: 'POST', route: '/api/users/update-balance' },
  { method: 'PATCH', route: '/api/users/:userId/balance' },
  { method: 'POST', route: '/api/users/update-balances' },
  { method: 'GET', route: '/api/users/:userId/balance' },
  { method: 'POST', route: '/api/users' },
  { method: 'GET', route: '/api/users/:userId/entries' },
  { method: 'GET', route: '/livez' },
  { method: 'GET', route: '/readyz' },
  { method: 'GET', route: 'docs' },
  { method: 'any', route: 'none' },
] as const satisfies readonly LabelValues[];

/** The place of each route in `ROUTES`. */
export const ROUTE = {
  changeByBody: 0,
  changeByPath: 1,
  changeMany: 2,
  readBalance: 3,
  createUser: 4,
  listEntries: 5,
  live: 6,
  ready: 7,
  docs: 8,
} as const;
export const NO_ROUTE = ROUTES.length - 1;

/** Every status that is ever answered; `none` when the caller was gone before the answer. */
export const STATUSES = [
  '200',
  '201',
  '304',
  '400',
  '401',
  '403',
  '404',
  '405',
  '408',
  '409',
  '413',
  '415',
  '417',
  '422',
  '429',
  '431',
  '500',
  '503',
  '504',
  'none',
] as const;

/** What an operation is, and how it ends. `replayed` is a first answer given again, whichever it was. */
export const OPERATIONS = ['change', 'create', 'balance', 'entries'] as const;
export const OUTCOMES = [
  'accepted',
  'replayed',
  'insufficient_funds',
  'balance_limit_exceeded',
  'user_not_found',
  'user_exists',
  'idempotency_key_reused',
  'overloaded',
  'not_ready',
  'internal',
  'outcome_unknown',
] as const;

/** What became of one sending of a round's statement. */
export const ROUND_RESULTS = ['applied', 'locked', 'rejected', 'not_applied', 'unknown'] as const;

/** What the ledger said about a change that the guard refused. */
export const MISS_CAUSES = ['applied', 'known_keys', 'moved', 'locked', 'user_gone'] as const;

/**
 * Why something was turned away before it was admitted.
 * - `event_loop`: turns of the event loop are too long. `deadline`: queues are so long that it would come too late.
 * - `user_queue`, `worker_queue`, `peer_queue`: MAX_PENDING_PER_USER, MAX_PENDING, and the same towards one peer.
 * - `expired`: still waiting at its deadline. `batch_memory`: no room for the bodies of batches.
 * - `connections`: a connection beyond MAX_CONNECTIONS.
 */
export const SHED_REASONS = [
  'event_loop',
  'deadline',
  'user_queue',
  'worker_queue',
  'peer_queue',
  'expired',
  'batch_memory',
  'connections',
] as const;

/** Seconds; from one to the next it is half as much again or less, where answers usually lie. */
const REQUEST_BOUNDS = [
  0.0005, 0.001, 0.0015, 0.002, 0.003, 0.004, 0.006, 0.008, 0.012, 0.016, 0.024, 0.032, 0.05, 0.075, 0.1, 0.15, 0.25,
  0.5, 1, 2.5, 5,
];
const STATEMENT_BOUNDS = [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.25, 0.5, 1, 2.5, 5];

export const COUNTED = {
  requests: counter(
    'http_requests_total',
    'Requests answered, by route and status; status none: the caller was gone before the answer.',
    each(ROUTES, by('status', STATUSES)),
  ),
  requestDuration: histogram(
    'http_request_duration_seconds',
    'From the parsed header fields of a request to its written answer.',
    REQUEST_BOUNDS,
    ROUTES,
  ),
  operations: counter(
    'operations_total',
    'Operations by outcome, each change of a batch by itself.',
    each(by('operation', OPERATIONS), by('outcome', OUTCOMES)),
  ),
  rounds: counter(
    'rounds_total',
    'Sendings of a round of the group commit to PostgreSQL, by result; after unknown and locked it is sent again.',
    by('result', ROUND_RESULTS),
  ),
  roundDuration: histogram(
    'round_duration_seconds',
    'How long PostgreSQL took for the statement of a round that was applied.',
    STATEMENT_BOUNDS,
  ),
  roundUsers: histogram('round_users', 'Users in a round that was applied.', powersOfTwo(1024)),
  roundEntries: histogram('round_entries', 'Entries written by a round that was applied.', powersOfTwo(8192)),
  guardMisses: counter(
    'guard_misses_total',
    'Changes of a user in a round that the guard of the UPDATE refused, by what the ledger said about it.',
    by('cause', MISS_CAUSES),
  ),
  cacheLookups: counter(
    'cache_lookups_total',
    'Accounts needed for a decision or an answer, by whether they were in memory.',
    by('result', ['hit', 'miss']),
  ),
  cacheEvictions: counter('cache_evictions_total', 'Idle accounts put out of memory to make room.'),
  loadedAccounts: counter('account_loads_total', 'Accounts asked of PostgreSQL.'),
  loadDuration: histogram(
    'account_load_duration_seconds',
    'How long PostgreSQL took for one SELECT of accounts; each asks for many.',
    STATEMENT_BOUNDS,
  ),
  shed: counter(
    'shed_total',
    'Operations, requests and connections turned away before they were admitted, by reason; nothing was applied.',
    by('reason', SHED_REASONS),
  ),
  held: counter('connections_held_total', 'Times that a connection was left unread because the worker was behind.'),
  cpu: counter('worker_cpu_seconds_total', 'CPU time of all workers.'),
} as const satisfies Readonly<Record<string, CountedMetric>>;

/** The length of the vector. */
export const COUNTS_SIZE = placed;

/** What is true of one worker at a moment. */
export const GAUGES = {
  openOperations: { name: 'worker_open_operations', help: 'Operations that the owner has admitted and not answered.' },
  openUsers: { name: 'worker_open_users', help: 'Users with changes that are not committed or refused yet.' },
  requestsInFlight: { name: 'worker_requests_in_flight', help: 'Requests handed over and not answered.' },
  connections: { name: 'worker_connections', help: 'Open connections of callers.' },
  connectionsHeld: { name: 'worker_connections_held', help: 'Connections left unread because the worker is behind.' },
  cachedUsers: { name: 'worker_cached_users', help: 'Accounts in memory.' },
  leaseFresh: {
    name: 'worker_lease_fresh',
    help: '1 when PostgreSQL has answered the session that holds the lease within the last second, else 0.',
  },
  eventLoopDelayMean: {
    name: 'worker_event_loop_delay_mean_seconds',
    help: 'How late timers ran, mean of the last second.',
  },
  eventLoopDelayMax: {
    name: 'worker_event_loop_delay_max_seconds',
    help: 'How late timers ran, the worst of the last second.',
  },
  eventLoopUtilization: {
    name: 'worker_event_loop_utilization_ratio',
    help: 'The share of the last second in which the event loop worked, 0 to 1.',
  },
  residentMemory: { name: 'worker_resident_memory_bytes', help: 'Resident memory of the worker.' },
} as const;

export type GaugeName = keyof typeof GAUGES;
export type Gauges = Readonly<Record<GaugeName, number>>;
