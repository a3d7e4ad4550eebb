import { type Address, Caller } from '../stream/caller.ts';

/** Load of one kind for a while. */
export interface LoadPlan {
  readonly url: string;
  /** Requests per second whatever comes back (an open loop); null: every caller asks again once it is answered. */
  readonly ratePerS: number | null;
  /** Callers at the same time. An open loop that finds all of them busy counts the request as unsent. */
  readonly callersMax: number;
  /** How long a caller waits for its answer. */
  readonly patienceMs: number;
  readonly durationMs: number;
  /** What is asked for in the first part is not counted. */
  readonly warmUpMs: number;
  /** Users 1 to this one get the deposits, in turn. */
  readonly users: number;
  /**
   * Never sleeps, where it has a core of its own: on one machine whoever answers a sleeping caller pays for waking it, and
   * in an open loop, which has nothing to do between two arrivals, that is more often than in a closed one.
   */
  readonly staysAwake?: boolean;
}

export interface LoadReport {
  /** Seconds that were counted. */
  readonly seconds: number;
  /** Answers 200 in all, with those that were not counted. */
  readonly doneInAll: number;
  readonly sent: number;
  readonly unsent: number;
  /** Answers by status; 0: no answer in time, or a broken connection. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Of the answers 200, by their time. */
  readonly doneLatenciesMs: readonly number[];
  /** Of the answers 503. */
  readonly shedLatenciesMs: readonly number[];
}

const TICK_MS = 2;
/** Behind by more than this the generator gives up its own arrears: it was not the service that was slow. */
const ARREARS_MAX_MS = 250;

class Tally {
  readonly #fromMs: number;
  readonly #untilMs: number;
  readonly #done: number[] = [];
  readonly #shed: number[] = [];
  readonly #statuses: Record<number, number> = {};
  #sent = 0;
  #doneInAll = 0;
  #unsent = 0;

  constructor(plan: LoadPlan, startedAtMs: number) {
    this.#fromMs = startedAtMs + plan.warmUpMs;
    this.#untilMs = startedAtMs + plan.durationMs;
  }

  #counts(): boolean {
    const now = performance.now();
    return now >= this.#fromMs && now < this.#untilMs;
  }

  sent(): void {
    if (this.#counts()) this.#sent += 1;
  }

  unsent(): void {
    if (this.#counts()) this.#unsent += 1;
  }

  answered(status: number, latencyMs: number): void {
    if (status === 200) this.#doneInAll += 1;
    if (!this.#counts()) return;
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    if (status === 200) this.#done.push(latencyMs);
    else if (status === 503) this.#shed.push(latencyMs);
  }

  report(): LoadReport {
    return {
      seconds: (this.#untilMs - this.#fromMs) / 1000,
      doneInAll: this.#doneInAll,
      sent: this.#sent,
      unsent: this.#unsent,
      statuses: this.#statuses,
      doneLatenciesMs: this.#done,
      shedLatenciesMs: this.#shed,
    };
  }
}

function createRequests(users: number): () => string {
  let next = 0;
  return () => {
    next = (next % users) + 1;
    const body = `{"userId":${next},"amount":1}`;
    return (
      'POST /api/users/update-balance HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
      `Content-Length: ${body.length}\r\n\r\n${body}`
    );
  };
}

/** Sends the load of `plan` and resolves with what came back within its duration. */
export function sendLoad(plan: LoadPlan): Promise<LoadReport> {
  const { hostname: host, port } = new URL(plan.url);
  const address: Address = { host, port: Number(port) };
  const startedAtMs = performance.now();
  const tally = new Tally(plan, startedAtMs);
  const nextRequest = createRequests(plan.users);
  const callers: Caller[] = [];
  const idle: Caller[] = [];
  const isClosedLoop = plan.ratePerS === null;
  let isOver = false;

  const send = (caller: Caller) => {
    tally.sent();
    caller.ask(nextRequest(), (status, latencyMs) => tally.answered(status, latencyMs));
  };
  // A turn later: a connection that breaks at once must not call itself without end.
  const again = (caller: Caller) => setImmediate(() => (isOver ? undefined : send(caller)));
  const create = () => {
    const caller = new Caller(address, (freed) => (isClosedLoop ? again(freed) : void idle.push(freed)));
    callers.push(caller);
    return caller;
  };
  const arrive = () => {
    const caller = idle.pop() ?? (callers.length < plan.callersMax ? create() : undefined);
    if (caller === undefined) tally.unsent();
    else send(caller);
  };
  const giveUpOverdue = () => {
    const now = performance.now();
    for (const caller of callers) if (now - caller.askedAtMs > plan.patienceMs) caller.giveUp();
  };

  if (isClosedLoop) for (let i = 0; i < plan.callersMax; i += 1) send(create());
  let arrived = 0;
  const ratePerMs = (plan.ratePerS ?? 0) / 1000;
  const arriveWhenDue = () => {
    if (isOver) return;
    const due = Math.floor((performance.now() - startedAtMs) * ratePerMs);
    arrived = Math.max(arrived, due - Math.ceil(ARREARS_MAX_MS * ratePerMs));
    for (; arrived < due; arrived += 1) arrive();
    if (plan.staysAwake) setImmediate(arriveWhenDue);
    else setTimeout(arriveWhenDue, TICK_MS);
  };
  arriveWhenDue();
  const patience = setInterval(giveUpOverdue, 50);
  return new Promise((resolve) => {
    setTimeout(() => {
      isOver = true;
      clearInterval(patience);
      for (const caller of callers) caller.end();
      resolve(tally.report());
    }, plan.durationMs);
  });
}
