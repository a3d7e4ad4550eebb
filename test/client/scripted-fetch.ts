import type { Fetch } from '../../src/client/balance-client.ts';
import type { ProblemCode } from '../../src/http/problems.ts';
import { PROBLEMS, problemBody, refusalBody } from '../../src/http/problems.ts';

/** What happens to one attempt. */
export type Step = (init: RequestInit) => Promise<Response>;

export interface Sent {
  readonly atMs: number;
  readonly url: string;
  readonly method: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Does with each attempt what the next step says; the last step stays. */
export class ScriptedFetch {
  readonly sent: Sent[] = [];
  readonly #steps: Step[];
  readonly #now: () => number;

  constructor(steps: readonly Step[], now: () => number = () => 0) {
    this.#steps = [...steps];
    this.#now = now;
  }

  readonly fetch: Fetch = (url, init) => {
    const { method, headers, body } = init;
    const text = typeof body === 'string' ? JSON.parse(body) : undefined;
    this.sent.push({ atMs: this.#now(), url, method, headers: headers as Sent['headers'], body: text });
    const step = this.#steps.length > 1 ? this.#steps.shift() : this.#steps[0];
    if (step === undefined) throw new Error('no step was prepared');
    return step(init);
  };

  get keys(): readonly (string | undefined)[] {
    return this.sent.map(({ headers }) => headers['idempotency-key']);
  }
}

/** An answer with exactly this text. */
export function text(
  status: number,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
): Step {
  return async () => new Response(body, { status, headers });
}

export const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Step =>
  text(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });

/** A problem as the service writes it. */
export const problem = (code: ProblemCode, headers: Readonly<Record<string, string>> = {}): Step =>
  text(PROBLEMS[code].status, problemBody(code, 'Why.'), { 'content-type': 'application/problem+json', ...headers });

export const refusal = (
  code: 'insufficient_funds' | 'balance_limit_exceeded',
  balance: number,
  version: number,
): Step => text(409, refusalBody(code, 'Why.', balance, version), { 'content-type': 'application/problem+json' });

/** As undici tells that the connection ended before the answer. */
export const lost: Step = async () => {
  throw new TypeError('fetch failed', { cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }) });
};

/** As undici tells that nobody listens. */
export const unreachable: Step = async () => {
  throw new TypeError('fetch failed', { cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) });
};

/** No answer until the attempt is given up. */
export const silent: Step = ({ signal }) =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));

/** As `silent`, of a fetch that does not know of signals. */
export const deaf: Step = () => new Promise(() => undefined);
