import { onAbort } from './abort-listeners.ts';
import { type Answer, readAnswer } from './answer.ts';
import type { ClientClock } from './client-clock.ts';
import { tokenOf } from './credentials.ts';
import type { Settings } from './settings.ts';

/** A request of the service's interface, as it is sent with every attempt. */
export interface ServiceRequest {
  readonly method: 'GET' | 'POST';
  /** With its query. */
  readonly path: string;
  /** JSON text, or null. */
  readonly body: string | null;
  /** As written in the header field, or null. */
  readonly idempotencyKey: string | null;
}

/**
 * What became of one attempt:
 * - `answered`: there is a whole answer, whatever it says;
 * - `not_sent`: nothing of it has reached the service;
 * - `no_credentials`: likewise, since there was nothing to show;
 * - `lost`: it may have reached the service; no answer came, or not in time.
 */
export type Attempt =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'not_sent' | 'no_credentials' | 'lost'; readonly cause: unknown };

/** Node and undici: the connection did not come about. Whoever tells less may have sent it. */
const NO_CONNECTION = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

export type AttemptSettings = Pick<Settings, 'baseUrl' | 'credentials' | 'fetch' | 'clock'>;

/** Sends the request once. Ends at `timeoutMs` or with `signal`, also when fetch does not. Never rejects. */
export async function attempt(
  settings: AttemptSettings,
  request: ServiceRequest,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Attempt> {
  const ending = new Ending(settings.clock, timeoutMs, signal);
  let isSent = false;
  try {
    const headers = headersOf(request, await ending.orEnd(tokenOf(settings.credentials)));
    isSent = true;
    const { method, path, body } = request;
    const init: RequestInit = { method, headers, redirect: 'manual', signal: ending.signal };
    if (body !== null) init.body = body;
    const response = await ending.orEnd(settings.fetch(`${settings.baseUrl}${path}`, init));
    return { kind: 'answered', answer: await ending.orEnd(readAnswer(response, settings.clock)) };
  } catch (cause) {
    return { kind: kindOf(cause, isSent, ending.signal.aborted), cause };
  } finally {
    ending.clear();
  }
}

function headersOf({ body, idempotencyKey }: ServiceRequest, token: string | null): Record<string, string> {
  return {
    accept: 'application/json, application/problem+json',
    ...(body === null ? {} : { 'content-type': 'application/json' }),
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey }),
  };
}

function kindOf(error: unknown, isSent: boolean, isEnded: boolean): 'not_sent' | 'no_credentials' | 'lost' {
  // What ended it says nothing about how far it had come.
  if (isEnded) return isSent ? 'lost' : 'not_sent';
  if (!isSent) return 'no_credentials';
  return isUnconnected(error) ? 'not_sent' : 'lost';
}

function isUnconnected(error: unknown): boolean {
  const code = (error as { cause?: { code?: unknown } } | null)?.cause?.code;
  return typeof code === 'string' && NO_CONNECTION.has(code);
}

/** The end of one attempt: by time, or by the caller. */
class Ending {
  readonly #controller = new AbortController();
  readonly #ended: Promise<never>;
  readonly #cancelTimer: () => void;
  readonly #cancelListening: () => void = () => undefined;

  constructor(clock: ClientClock, timeoutMs: number, caller: AbortSignal | undefined) {
    const { signal } = this.#controller;
    this.#ended = new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    // It may end while nobody waits for it.
    this.#ended.catch(() => undefined);
    this.#cancelTimer = clock.schedule(timeoutMs, () => {
      this.#controller.abort(new Error(`No answer came within ${Math.round(timeoutMs)} ms`));
    });
    const follow = () => this.#controller.abort(caller?.reason);
    if (caller?.aborted) follow();
    else if (caller !== undefined) this.#cancelListening = onAbort(caller, follow);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  orEnd<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#ended]);
  }

  clear(): void {
    this.#cancelTimer();
    this.#cancelListening();
  }
}
