import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Count, Gate, Verdict } from '../access/gate.ts';
import type { Quota } from '../access/rate-limit.ts';
import type { Scope } from '../access/scope.ts';
import { sendFailure, sendProblem } from './answers.ts';
import { type Endpoint, failRequest, type HttpContext } from './context.ts';
import { requestIdOf } from './request-id.ts';

/**
 * Counts so many further requests of the caller, for a body that asks for several things at once. False: that was too
 * much, and the request has been answered. Null without a rate limit.
 */
export type Charge = ((requests: number) => Promise<boolean>) | null;

/** A handler that may be reached only by those who have a scope. `caller` is null when nobody is asked for a name. */
export type GuardedEndpoint = (
  request: IncomingMessage,
  response: ServerResponse,
  caller: string | null,
  charge: Charge,
) => void;

const CHALLENGE = 'Bearer realm="highload-user-balance"';
/** What those are told who are refused because they name another machine, or ask for a page of another site. */
export const FOREIGN =
  'Without authentication only this machine is served: Host must be localhost or a loopback address, and so must Origin; no page of another site may ask.';
/** Names the limit in the RateLimit fields: there is only one. */
const POLICY = '"caller"';

/** draft-ietf-httpapi-ratelimit-headers-10: `q` requests per window of `w` seconds; `r` are left for `t` seconds. */
function setQuota(response: ServerResponse, { requests, windowS, remaining, resetS }: Quota): void {
  response.setHeader('RateLimit-Policy', `${POLICY};q=${requests};w=${windowS}`);
  response.setHeader('RateLimit', `${POLICY};r=${remaining};t=${resetS}`);
}

/** RFC 6750 (3.1): no error code for a request that brought no token. */
function sendUnauthorized(response: ServerResponse, hasCredentials: boolean): void {
  const challenge = hasCredentials ? `${CHALLENGE}, error="invalid_token"` : CHALLENGE;
  const detail = hasCredentials
    ? 'The key or token is not accepted: it is wrong, expired or was withdrawn.'
    : 'Send an API key or a token: Authorization: Bearer <key>.';
  sendProblem(response, 'unauthorized', detail, ['WWW-Authenticate', challenge]);
}

function sendForbidden(response: ServerResponse, scope: Scope): void {
  const challenge = `${CHALLENGE}, error="insufficient_scope", scope="${scope}"`;
  sendProblem(response, 'forbidden', `This needs the scope ${scope}.`, ['WWW-Authenticate', challenge]);
}

function sendRateLimited(response: ServerResponse, quota: Quota | null): void {
  const detail = 'Nothing was applied. This caller has sent as many requests as its limit allows; wait a moment.';
  sendProblem(response, 'rate_limited', detail, ['Retry-After', String(quota?.resetS ?? 1)]);
}

function chargeOn(response: ServerResponse, count: Count | null): Charge {
  if (count === null) return null;
  return async (requests) => {
    const { isAdmitted, quota } = await count(requests);
    if (quota !== null && !response.headersSent) setQuota(response, quota);
    if (!isAdmitted) sendRateLimited(response, quota);
    return isAdmitted;
  };
}

function follow(verdict: Verdict, request: IncomingMessage, response: ServerResponse, endpoint: GuardedEndpoint): void {
  if (verdict.quota !== null && !response.headersSent) setQuota(response, verdict.quota);
  switch (verdict.kind) {
    case 'admitted':
      endpoint(request, response, verdict.caller, chargeOn(response, verdict.count));
      break;
    case 'unauthorized':
      sendUnauthorized(response, verdict.hasCredentials);
      break;
    case 'forbidden':
      sendForbidden(response, verdict.scope);
      break;
    case 'rate_limited':
      sendRateLimited(response, verdict.quota);
      break;
    case 'foreign':
      sendProblem(response, 'forbidden', FOREIGN);
      break;
    case 'undecided':
      sendFailure(response, 'overloaded');
      break;
    default:
      verdict satisfies never;
      throw new TypeError('A verdict of an unknown kind');
  }
}

const judge = (gate: Gate, request: IncomingMessage, scope: Scope) =>
  gate.judge(
    {
      authorization: request.headers.authorization,
      remoteAddress: request.socket.remoteAddress ?? '',
      method: request.method as string,
      path: request.url as string,
      host: request.headers.host,
      origin: request.headers.origin,
      fetchSite: request.headers['sec-fetch-site'] as string | undefined,
      requestId: requestIdOf(request),
    },
    scope,
  );

/**
 * Lets through to `endpoint` who has `scope` and is within the rate limit, and answers everybody else. Nothing of the
 * body has been read by then.
 */
export function guard(context: Pick<HttpContext, 'gate' | 'log'>, scope: Scope, endpoint: GuardedEndpoint): Endpoint {
  const { gate } = context;
  if (gate === null) return (request, response) => endpoint(request, response, null, null);
  return (request, response) => {
    const verdict = judge(gate, request, scope);
    if (!(verdict instanceof Promise)) return follow(verdict, request, response, endpoint);
    verdict
      .then((settled) => follow(settled, request, response, endpoint))
      .catch((error: unknown) => failRequest(context, request, response, error));
  };
}
