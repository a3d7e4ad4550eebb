import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { sendFailure } from '../http/answers.ts';
import type { Endpoint } from '../http/context.ts';
import type { Logger } from '../observability/logger.ts';

/** What the page may ask of the public interface; everything else about the request is judged there. */
const LOOK_UP = /^\/console(\/api\/users\/\d{1,16}\/(?:balance|entries)(?:\?[\x21-\x7e]{0,200})?)$/;
const IN_FLIGHT_MAX = 8;
/** Of the answer, what concerns the page. */
const FORWARDED = ['content-type', 'content-length', 'cache-control', 'www-authenticate', 'retry-after', 'ratelimit'];

export interface LookUpOptions {
  /** Where the public interface listens. */
  readonly target: { readonly host: string; readonly port: number };
  /** The public interface answers sooner; this is for when nobody is there. */
  readonly timeoutMs: number;
  readonly log: Pick<Logger, 'debug'>;
}

/** True for a path that `createLookUp` takes. */
export const isLookUp = (url: string): boolean => LOOK_UP.test(url);

/** What listens on every address is reached by the loopback one. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

/**
 * GET /console/api/users/:userId/balance and /entries: asks the public interface of this service the same, with the
 * caller's credentials, and hands its answer on. So the owner of the user answers, under the same rules as for anybody.
 */
export function createLookUp({ target, timeoutMs, log }: LookUpOptions): Endpoint {
  let inFlight = 0;

  function lookUp(request: IncomingMessage, response: ServerResponse): void {
    if (inFlight >= IN_FLIGHT_MAX) {
      sendFailure(response, 'overloaded');
      return;
    }
    inFlight += 1;
    const { authorization } = request.headers;
    const asked = ask({
      host: reachable(target.host),
      port: target.port,
      method: request.method,
      path: LOOK_UP.exec(request.url as string)?.[1],
      headers: authorization === undefined ? {} : { authorization },
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
    });
    asked.once('response', (answer) => handOn(answer, response));
    asked.on('error', (error) => {
      log.debug({ err: error }, 'a look-up of the console had no answer');
      if (response.headersSent) response.destroy();
      else sendFailure(response, 'not_ready');
    });
    response.once('close', () => asked.destroy());
    asked.once('close', () => {
      inFlight -= 1;
    });
    asked.end();
  }
  return lookUp;
}

function handOn(answer: IncomingMessage, response: ServerResponse): void {
  const headers = FORWARDED.flatMap((name) => {
    const value = answer.headers[name];
    return typeof value === 'string' ? [name, value] : [];
  });
  // Chromium calls every 404 an error of the page; that there is no such user is an answer. The problem tells it.
  response.writeHead(answer.statusCode === 404 ? 200 : (answer.statusCode as number), headers);
  pipeline(answer, response, () => undefined);
}
