import type { IncomingMessage, ServerResponse } from 'node:http';

const LAST = 1744;
const REFUSED = 1740;
const PATH = /^\/api\/users\/(\d+)\/(balance|entries)(?:\?(.*))?$/;

/** Answers as the public interface does of a user with 1,744 entries; there is no user 404. */
export function answerForAccount(request: IncomingMessage, response: ServerResponse): void {
  const [, id, subject, query] = PATH.exec(request.url as string) ?? [];
  if (id === '404') send(response, 404, { code: 'user_not_found', detail: 'No user has this id.' });
  else if (subject === 'balance') send(response, 200, { userId: Number(id), balance: 6512, version: LAST });
  else send(response, 200, pageOf(query));
}

function pageOf(query: string | undefined) {
  const parameters = new URLSearchParams(query);
  const first = Number(parameters.get('before') ?? LAST + 1) - 1;
  const count = Math.min(first, Number(parameters.get('limit') ?? 100));
  const entries = Array.from({ length: count }, (_, index) => entryOf(first - index));
  return { entries, nextBefore: first > count ? first - count + 1 : null };
}

/** A deposit of 40 in every ninth, which the withdrawals between use up and a little more; one was refused. */
function entryOf(version: number) {
  const place = version % 9;
  const isRefused = version === REFUSED;
  return {
    version,
    amount: isRefused ? 0 : place === 0 ? 40 : -4,
    balance: 6512 + 4 * (LAST % 9) - 4 * place + Math.floor((version - LAST) / 9) * 8,
    operationId: `01a20524-5a67-7322-b132-${String(version).padStart(12, '0')}`,
    ...(isRefused && { refused: { requested: -20_000, code: 'insufficient_funds' } }),
    createdAt: new Date(Date.now() - (LAST - version) * 340).toISOString(),
  };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}
