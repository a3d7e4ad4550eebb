// The load generator, in a process of its own: it shares its event loop neither with a server nor with the progress bar.
import autocannon from 'autocannon';
import { carryOutOrders } from './helper-orders.ts';
import type { LoadOrder, LoadResult } from './load-protocol.ts';

/** Longer than any side takes for a whole run: a slow answer is measured, a missing one is an error. */
const ANSWER_WITHIN_S = 120;
/** A side that fails this often has failed; waiting for the rest would only take time. */
const ERRORS_MAX = 50;

class Collector {
  readonly statuses: number[] = [];
  readonly latenciesMs: number[] = [];
  readonly bodies: string[] = [];
  readonly errors: Record<string, number> = {};
  #startedMs = 0;
  #lastMs = 0;

  start(): void {
    this.#startedMs = performance.now();
    this.#lastMs = this.#startedMs;
  }

  answered(status: number, latencyMs: number): void {
    this.#lastMs = performance.now();
    this.statuses.push(status);
    // The generator stamps a request when it creates its client, thousands of clients before the first can connect.
    this.latenciesMs.push(Math.min(latencyMs, this.#lastMs - this.#startedMs));
  }

  failed(error: NodeJS.ErrnoException): void {
    const reason = error.code ?? error.message;
    this.errors[reason] = (this.errors[reason] ?? 0) + 1;
  }

  result(): LoadResult {
    const { statuses, latenciesMs, bodies, errors } = this;
    return { wallMs: this.#lastMs - this.#startedMs, statuses, latenciesMs, bodies, errors };
  }
}

function fire(order: LoadOrder, reportShare: (share: number) => void): Promise<LoadResult> {
  const collector = new Collector();
  const options: autocannon.Options = {
    url: order.url,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: order.body,
    connections: order.connections,
    amount: order.requests,
    timeout: ANSWER_WITHIN_S,
    bailout: ERRORS_MAX,
    // How soon it notices that it is done.
    sampleInt: 20,
    // Called right after 'response', for the same answer.
    verifyBody(body) {
      collector.bodies.push(String(body));
      return true;
    },
  };
  return new Promise<LoadResult>((resolve, reject) => {
    const instance = autocannon(options, (error: unknown) => {
      if (error) reject(error);
      else resolve(collector.result());
    });
    // Every client exists now, and connects in the next tick.
    collector.start();
    instance.on('response', (_client, status, _bytes, latencyMs) => {
      collector.answered(status, latencyMs);
      reportShare(collector.statuses.length / order.requests);
    });
    instance.on('reqError', (error: NodeJS.ErrnoException) => collector.failed(error));
  });
}

carryOutOrders(fire);
