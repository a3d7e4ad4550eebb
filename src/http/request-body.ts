import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendProblem } from './answers.ts';
import { inviteBody } from './awaited-body.ts';
import { failRequest, type HttpContext } from './context.ts';
import { type IntegerMember, parseIntegerObject } from './integer-object.ts';
import { BODY_BYTES_MAX } from './limits.ts';
import { findMediaDefect } from './media-type.ts';

function refuseTooLarge(response: ServerResponse): void {
  sendProblem(response, 'payload_too_large', `A body may have at most ${BODY_BYTES_MAX} bytes.`);
}

/**
 * Calls `receive` once with the whole body; answers 413 instead when it is too large, and lets the rest flow by unread
 * until the server's receive timeout. A body that breaks off is never received.
 */
function readBody(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
  receive: (body: Buffer) => void,
): void {
  if (Number(request.headers['content-length']) > BODY_BYTES_MAX) {
    refuseTooLarge(response);
    return;
  }
  inviteBody(request, response);
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    const before = size;
    size += chunk.length;
    if (size <= BODY_BYTES_MAX) chunks.push(chunk);
    else if (before <= BODY_BYTES_MAX) refuseTooLarge(response);
  });
  request.on('end', () => {
    if (size > BODY_BYTES_MAX) return;
    try {
      receive(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size));
    } catch (error) {
      failRequest(context, request, response, error);
    }
  });
}

/** Calls `receive` with the integers of the body, in the order of `members`; answers by itself when it is not valid. */
export function readIntegers(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
  members: readonly IntegerMember[],
  receive: (values: readonly (number | undefined)[]) => void,
): void {
  const mediaDefect = findMediaDefect(request);
  if (mediaDefect !== null) {
    sendProblem(response, 'unsupported_media_type', mediaDefect);
    return;
  }
  readBody(context, request, response, (body) => {
    const parsed = parseIntegerObject(body, members);
    if (parsed.kind === 'integers') receive(parsed.values);
    else sendProblem(response, 'invalid_request', parsed.detail);
  });
}
