import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendFailure, sendProblem } from './answers.ts';
import { inviteBody } from './awaited-body.ts';
import type { Share } from './batch-memory.ts';
import type { Defect, IntegerMember } from './body-scanner.ts';
import { failRequest, type HttpContext } from './context.ts';
import { parseIntegerObject } from './integer-object.ts';
import { BATCH_BODY_BYTES_MAX, BODY_BYTES_MAX } from './limits.ts';
import { findMediaDefect } from './media-type.ts';
import { parseOperationsBody, type RequestedChange } from './operations-body.ts';

interface BodyLimit {
  readonly bytesMax: number;
  /** What holds the body while it arrives; null where its size is nothing to speak of. */
  readonly share: Share | null;
}

const small: BodyLimit = { bytesMax: BODY_BYTES_MAX, share: null };

function refuseTooLarge(response: ServerResponse, bytesMax: number): void {
  sendProblem(response, 'payload_too_large', `A body may have at most ${bytesMax} bytes.`);
}

/**
 * Calls `receive` once with the whole body; answers 413 instead when it is too large, or 503 when there is no room for
 * it, and lets the rest flow by unread until the server's receive timeout. A body that breaks off is never received.
 */
function readBody(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
  { bytesMax, share }: BodyLimit,
  receive: (body: Buffer) => void,
): void {
  if (Number(request.headers['content-length']) > bytesMax) {
    refuseTooLarge(response, bytesMax);
    return;
  }
  inviteBody(request, response);
  let chunks: Buffer[] | null = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    if (chunks === null) return;
    size += chunk.length;
    if (size <= bytesMax && share?.resize(size) !== false) {
      chunks.push(chunk);
      return;
    }
    chunks = null;
    if (size > bytesMax) refuseTooLarge(response, bytesMax);
    else sendFailure(response, 'overloaded');
  });
  request.on('end', () => {
    if (chunks === null) return;
    try {
      receive(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size));
    } catch (error) {
      failRequest(context, request, response, error);
    }
  });
}

/** Calls `receive` with what `parse` makes of the body; answers by itself when it is not valid. */
function readJson<T extends { readonly kind: string }>(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
  limit: BodyLimit,
  parse: (body: Buffer) => T | Defect,
  receive: (parsed: T) => void,
): void {
  const mediaDefect = findMediaDefect(request);
  if (mediaDefect !== null) {
    sendProblem(response, 'unsupported_media_type', mediaDefect);
    return;
  }
  readBody(context, request, response, limit, (body) => {
    const parsed = parse(body);
    if (isDefect(parsed)) sendProblem(response, 'invalid_request', parsed.detail);
    else receive(parsed);
  });
}

const isDefect = (parsed: { readonly kind: string }): parsed is Defect => parsed.kind === 'defect';

/** Calls `receive` with the integers of the body, in the order of `members`; answers by itself when it is not valid. */
export function readIntegers(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
  members: readonly IntegerMember[],
  receive: (values: readonly (number | undefined)[]) => void,
): void {
  const parse = (body: Buffer) => parseIntegerObject(body, members);
  readJson(context, request, response, small, parse, (parsed) => receive(parsed.values));
}

/** Calls `receive` with the changes that the body of a batch asks for; answers by itself when it is not valid. */
export function readOperations(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
  share: Share,
  receive: (changes: readonly RequestedChange[]) => void,
): void {
  const limit = { bytesMax: BATCH_BODY_BYTES_MAX, share };
  readJson(context, request, response, limit, parseOperationsBody, (parsed) => receive(parsed.changes));
}
