import { Caller } from './caller.ts';
import { OpenLoopSchedule } from './open-loop-schedule.ts';
import type { StreamPlan, StreamResult } from './plan.ts';
import { createRequests } from './requests.ts';
import { Tally } from './tally.ts';

const OPENING_AT_ONCE = 250;
/** After the last sending: a slow answer is measured, a missing one is an error. */
const PATIENCE_MS = 30_000;
/** At a fixed rate the tick is what sends; otherwise it only notices the end. */
const RATE_TICK_MS = 1;
const LOOP_TICK_MS = 20;

/**
 * One stream under way. A caller is `idle`, or has a request open, or is `broken`: it lost its connection or its
 * patience, and has no further part, since what comes after that is no measurement any more. The stream is over when
 * nothing more is to be sent and no request is open.
 */
class Stream {
  readonly #plan: StreamPlan;
  readonly #tally = new Tally();
  readonly #nextRequest;
  readonly #schedule: OpenLoopSchedule | null;
  /** From the start to the last sending. */
  readonly #sendingMs: number;
  readonly #idle: Caller[];
  readonly #callers: readonly Caller[];
  readonly #broken = new Set<Caller>();
  #sent = 0;
  #startedMs = 0;
  #lastMs = 0;
  #finish: () => void = () => undefined;

  constructor(plan: StreamPlan, callers: readonly Caller[]) {
    this.#plan = plan;
    this.#callers = callers;
    this.#idle = [...callers];
    this.#nextRequest = createRequests(plan);
    this.#sendingMs = plan.leadInMs + plan.durationMs;
    this.#schedule = plan.ratePerS === null ? null : new OpenLoopSchedule(plan.ratePerS, this.#sendingMs);
  }

  async run(reportShare: (share: number) => void): Promise<StreamResult> {
    this.#startedMs = performance.now();
    const finished = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    const tick = setInterval(
      () => {
        this.#pump();
        reportShare(this.#share());
      },
      this.#schedule === null ? LOOP_TICK_MS : RATE_TICK_MS,
    );
    const patience = setTimeout(() => this.#giveUp(), this.#sendingMs + PATIENCE_MS);
    this.#pump();
    await finished;
    clearInterval(tick);
    clearTimeout(patience);
    return this.#tally.result(this.#lastMs - this.#startedMs - this.#plan.leadInMs);
  }

  /** The request of this caller has ended, one way or another. */
  freed(caller: Caller): void {
    if (!this.#broken.has(caller)) this.#idle.push(caller);
    this.#pump();
  }

  #pump(): void {
    while (this.#idle.length > 0) {
      const elapsedMs = performance.now() - this.#startedMs;
      const dueMs = this.#nextDueMs(elapsedMs);
      if (dueMs === null) break;
      const caller = this.#idle.pop();
      if (caller !== undefined) this.#send(caller, dueMs, elapsedMs - dueMs);
    }
    if (this.#isAllSent() && this.#idle.length + this.#broken.size === this.#callers.length) this.#finish();
  }

  #nextDueMs(elapsedMs: number): number | null {
    if (this.#sent >= this.#plan.requestsMax) return null;
    if (this.#schedule !== null) return this.#schedule.take(elapsedMs);
    return elapsedMs < this.#sendingMs ? elapsedMs : null;
  }

  #isAllSent(): boolean {
    if (this.#sent >= this.#plan.requestsMax || this.#broken.size === this.#callers.length) return true;
    if (this.#schedule !== null) return this.#schedule.isOver;
    return performance.now() - this.#startedMs >= this.#sendingMs;
  }

  #send(caller: Caller, dueMs: number, lateMs: number): void {
    const request = this.#nextRequest();
    const isMeasured = dueMs >= this.#plan.leadInMs;
    this.#sent += 1;
    caller.ask(request.text, (status, latencyMs, body) => {
      if (status === 0) this.#broken.add(caller);
      this.#lastMs = performance.now();
      this.#tally.add(request, status, isMeasured ? latencyMs + lateMs : null, body);
    });
  }

  #giveUp(): void {
    for (const caller of this.#callers) if (Number.isFinite(caller.askedAtMs)) caller.giveUp();
  }

  #share(): number {
    const byTime = (performance.now() - this.#startedMs) / this.#sendingMs;
    return Math.min(1, Math.max(byTime, this.#tally.answered / this.#plan.requestsMax));
  }
}

/** Sends the stream of `plan` over connections that all stand before it begins. Rejects when one cannot be opened. */
export async function sendStream(plan: StreamPlan, reportShare: (share: number) => void): Promise<StreamResult> {
  const { hostname: host, port } = new URL(plan.url);
  let stream: Stream | null = null;
  const create = () => new Caller({ host, port: Number(port) }, (caller) => stream?.freed(caller));
  const callers = Array.from({ length: plan.connections }, create);
  try {
    for (let first = 0; first < callers.length; first += OPENING_AT_ONCE) {
      await Promise.all(callers.slice(first, first + OPENING_AT_ONCE).map((caller) => caller.open()));
    }
    stream = new Stream(plan, callers);
    return await stream.run(reportShare);
  } finally {
    for (const caller of callers) caller.end();
  }
}
