// The load generator, in a process of its own: it shares its event loop neither with a server nor with the progress bar.
import autocannon from 'autocannon';
import type { LoadMessage, LoadOrder, LoadResult } from './load-protocol.ts';

const PROGRESS_EVERY_MS = 100;
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

function fire(order: LoadOrder): Promise<LoadResult> {
  const collector = new Collector();
  const progress = setInterval(
    () => tell({ kind: 'progress', answered: collector.statuses.length }),
    PROGRESS_EVERY_MS,
  );
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
    instance.on('response', (_client, status, _bytes, latencyMs) => collector.answered(status, latencyMs));
    instance.on('reqError', (error: NodeJS.ErrnoException) => collector.failed(error));
  }).finally(() => clearInterval(progress));
}

function tell(message: LoadMessage): void {
  process.send?.(message);
}

process.on('message', (order: LoadOrder) => {
  fire(order).then(
    (result) => tell({ kind: 'result', result }),
    (error: unknown) => tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) }),
  );
});
// Whoever ordered the load is gone.
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group; the bench itself decides when this process ends.
process.on('SIGINT', () => undefined);
tell({ kind: 'ready' });
