import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * The answers whose caller sends the body only once it is asked to (Expect: 100-continue). An answer leaves this set
 * when the body is invited, or with its final answer: then the connection ends, since nobody knows whether the body
 * comes after all.
 */
const uninvited = new WeakSet<ServerResponse>();

/** The caller waits for a word. A request that announces no body has nothing to wait for. */
export function awaitInvitation({ headers }: IncomingMessage, response: ServerResponse): void {
  const announces = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (announces) uninvited.add(response);
}

/** Asks for the body, now that it is going to be read. */
export function inviteBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.expect !== undefined && uninvited.delete(response)) response.writeContinue();
}

/** Must be called before a final answer. */
export function endUninvited(response: ServerResponse): void {
  if (uninvited.delete(response)) response.shouldKeepAlive = false;
}
