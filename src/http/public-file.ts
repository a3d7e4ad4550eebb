import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { endUninvited } from './awaited-body.ts';
import { type Endpoint, failRequest, type HttpContext } from './context.ts';
import { countAnswer, countLostAnswer } from './observed-response.ts';
import { refuseBody, refuseQuery } from './preconditions.ts';
import { requestIdOf } from './request-id.ts';

/** Something that anybody may read and that stays as it is while the process runs. */
export interface PublicFile {
  readonly bytes: Buffer;
  /** Names and values in turn, of a 200 and of a 304. */
  readonly headers: readonly string[];
  readonly contentType: string;
  readonly etag: string;
}

/** `more` are further header names and values in turn. */
export function publicFile(contentType: string, content: string | Buffer, more: readonly string[] = []): PublicFile {
  const bytes = Buffer.from(content);
  const etag = `"${createHash('sha256').update(bytes).digest('base64url')}"`;
  // It may be kept, but is asked for again each time: a newer release is seen at once, and what is the same costs a 304.
  const headers = ['ETag', etag, 'Cache-Control', 'no-cache', 'X-Content-Type-Options', 'nosniff', ...more];
  return { bytes, headers, contentType, etag };
}

/** RFC 9110 (13.1.2): weak comparison with any of the tags listed. */
function isKnown(request: IncomingMessage, etag: string): boolean {
  const listed = request.headers['if-none-match'];
  if (listed === undefined) return false;
  return listed.split(',').some((tag) => ['*', etag, `W/${etag}`].includes(tag.trim()));
}

function send(request: IncomingMessage, response: ServerResponse, file: PublicFile): void {
  if (response.destroyed) {
    countLostAnswer(response);
    return;
  }
  endUninvited(response);
  const { bytes, contentType } = file;
  const requestId = requestIdOf(request);
  const headers = [...file.headers, ...(requestId === null ? [] : ['X-Request-Id', requestId])];
  if (isKnown(request, file.etag)) {
    response.writeHead(304, headers);
    response.end();
    countAnswer(response, 304);
    return;
  }
  response.writeHead(200, ['Content-Type', contentType, 'Content-Length', String(bytes.length), ...headers]);
  response.end(bytes);
  countAnswer(response, 200);
}

/** GET of a file that is loaded at the first request for it and then kept in memory. */
export function createPublicFileEndpoint(context: Pick<HttpContext, 'log'>, load: () => Promise<PublicFile>): Endpoint {
  let loading: Promise<PublicFile> | null = null;
  return (request, response) => {
    if (refuseQuery(request, response) || refuseBody(request, response)) return;
    loading ??= load();
    loading
      .then((file) => send(request, response, file))
      .catch((error: unknown) => {
        // What hindered it may be gone by the next request.
        loading = null;
        failRequest(context, request, response, error);
      });
  };
}
