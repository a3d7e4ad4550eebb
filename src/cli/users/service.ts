import { readFile } from 'node:fs/promises';
import { BalanceClient } from '../../client/balance-client.ts';
import { isServiceUrl, readCallerConfig, SERVICE_URL_FORM } from '../../config.ts';
import { boundedSignal } from '../../time/bounded-signal.ts';
import { CommandError } from '../answer.ts';
import { EXIT } from '../exit-codes.ts';

/** How a command finds the service; what is not given comes from the environment. */
export interface ServiceOptions {
  readonly url?: string;
  readonly apiKeyFile?: string;
  /** Seconds. */
  readonly timeout: number;
}

/** A service that was there a moment ago. */
export interface Service {
  readonly client: BalanceClient;
  readonly url: string;
  readonly hasKey: boolean;
}

const REACHED_WITHIN_MS = 5000;

/**
 * The service, once it is known that something answers where it should be: the client would take a missing service for one
 * that restarts, and would try until its time is up. Throws CommandError and ConfigError; no operation was sent then.
 */
export async function openService(options: ServiceOptions, signal: AbortSignal): Promise<Service> {
  const config = readCallerConfig();
  const url = options.url ?? config.serviceUrl;
  if (!isServiceUrl(url)) throw new CommandError(EXIT.usage, `--url ${SERVICE_URL_FORM}.`);
  const apiKey = options.apiKeyFile === undefined ? config.apiKey : await readApiKey(options.apiKeyFile);
  await requireAnswer(url, signal, Math.min(REACHED_WITHIN_MS, options.timeout * 1000));
  const client = new BalanceClient({
    baseUrl: url,
    credentials: apiKey,
    timeoutMs: options.timeout * 1000,
    fetch: tellingOfRetries(options.timeout),
  });
  return { client, url, hasKey: apiKey !== undefined };
}

async function readApiKey(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CommandError(EXIT.usage, `The API key cannot be read: ${(error as Error).message}`, error);
  });
  const key = text.trim();
  if (/^[!-~]+$/.test(key)) return key;
  // It is not repeated: it may be a secret.
  throw new CommandError(EXIT.usage, `${path} must hold one API key and nothing else, as "keys create" prints it.`);
}

/** Whatever answers is good enough here: a gateway may let through the paths of the interface only. */
async function requireAnswer(url: string, ending: AbortSignal, withinMs: number): Promise<void> {
  const { signal, release } = boundedSignal(ending, withinMs);
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}/livez`, {
      redirect: 'manual',
      signal,
    });
    await response.body?.cancel();
  } catch (error) {
    // The call that would follow says so, and sends nothing.
    if (ending.aborted) return;
    const message = `Cannot reach the service at ${url}: ${reasonOf(error)}. Nothing was sent.\n${ADVICE}`;
    throw new CommandError(EXIT.unreachable, message, error);
  } finally {
    release();
  }
}

const ADVICE =
  'Does it run there? Start it with "user-balance serve", or say where it is with --url or USER_BALANCE_URL.';

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // fetch says no more than that it failed; of several addresses only the code is told.
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message === '' ? ((cause as NodeJS.ErrnoException).code ?? cause.name) : cause.message;
}

/** Says once why it takes longer. A command sends no request twice but to try it again. */
function tellingOfRetries(timeoutS: number): (url: string, init: RequestInit) => Promise<Response> {
  const sent = new Set<string>();
  let isTold = false;
  return (url, init) => {
    if (sent.has(url) && !isTold) {
      process.stderr.write(`There is no outcome yet; trying again for at most ${timeoutS} s.\n`);
      isTold = true;
    }
    sent.add(url);
    return fetch(url, init);
  };
}
