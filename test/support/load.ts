import { Agent, request } from 'node:http';

export interface LoadResult {
  readonly status: number;
  readonly code: string | undefined;
  readonly operationId: string | undefined;
}

/**
 * Sends `count` changes of one user at the service over `connections` keep-alive connections, as fast as they are
 * answered. A connection that breaks gives status 0: the outcome is unknown.
 */
export async function sendChanges(
  url: string,
  options: { readonly userId: number; readonly amount: number; readonly count: number; readonly connections: number },
): Promise<LoadResult[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  const body = JSON.stringify({ userId: options.userId, amount: options.amount });
  const sending = Array.from({ length: options.count }, () => sendOne(agent, `${url}/api/users/update-balance`, body));
  const results = await Promise.all(sending);
  agent.destroy();
  return results;
}

function sendOne(agent: Agent, url: string, body: string): Promise<LoadResult> {
  return new Promise((resolve) => {
    const lost = () => resolve({ status: 0, code: undefined, operationId: undefined });
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { agent, method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', lost);
      response.on('end', () => {
        const answer = JSON.parse(text) as { code?: string; operationId?: string };
        resolve({ status: response.statusCode ?? 0, code: answer.code, operationId: answer.operationId });
      });
    });
    sent.on('error', lost);
    sent.end(body);
  });
}

export function countStatuses(results: readonly LoadResult[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of results) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
