import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendProblem } from './answers.ts';
import { HEADER_FIELDS_MAX } from './limits.ts';

const HOST = 1;
const CONTENT_TYPE = 2;
const IDEMPOTENCY_KEY = 4;
const AUTHORIZATION = 8;

/** Which of the fields that may stand only once this is, or 0. */
function singletonOf(name: string): number {
  switch (name.length) {
    case 4:
      return name === 'Host' || name.toLowerCase() === 'host' ? HOST : 0;
    case 12:
      return name === 'Content-Type' || name.toLowerCase() === 'content-type' ? CONTENT_TYPE : 0;
    case 13:
      return name === 'Authorization' || name.toLowerCase() === 'authorization' ? AUTHORIZATION : 0;
    case 15:
      return name.toLowerCase() === 'idempotency-key' ? IDEMPOTENCY_KEY : 0;
    default:
      return 0;
  }
}

function findDefect(request: IncomingMessage): string | null {
  const { rawHeaders } = request;
  let seen = 0;
  // Only the raw list shows a duplicate: node keeps the first Host and Content-Type and joins the keys.
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    const singleton = singletonOf(name);
    if ((seen & singleton) !== 0) return `The header field ${name} must not be repeated.`;
    seen |= singleton;
  }
  // The parser takes 0.9 and 2.0 for versions of HTTP too.
  if (request.httpVersionMajor !== 1) return 'Only HTTP/1.1 and HTTP/1.0 are spoken here.';
  const coding = request.headers['transfer-encoding'];
  if (request.httpVersionMinor === 0) return coding === undefined ? null : 'HTTP/1.0 has no Transfer-Encoding.';
  // The parser takes any list that ends with it, and would leave the other codings in the body.
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') return 'The only Transfer-Encoding taken is chunked.';
  return (seen & HOST) === 0 ? 'The header field Host is missing.' : null;
}

/**
 * Answers a request whose header fields contradict each other or are too many, and returns true. Where such a request
 * ends is a matter of opinion, so its connection is closed.
 */
export function refuseBadFraming(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.rawHeaders.length > 2 * HEADER_FIELDS_MAX) {
    response.shouldKeepAlive = false;
    sendProblem(response, 'headers_too_large', `At most ${HEADER_FIELDS_MAX} header fields are accepted.`);
    return true;
  }
  const defect = findDefect(request);
  if (defect === null) return false;
  response.shouldKeepAlive = false;
  sendProblem(response, 'invalid_request', defect);
  return true;
}
