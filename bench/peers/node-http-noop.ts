// What node:http alone costs: it reads the body and answers a constant. No server on node:http can be faster.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listen, processesWanted } from './listen.ts';

const BODY = JSON.stringify({ userId: 1, amount: -2, balance: 0, version: 1 });
const HEAD = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(BODY) };

function answer(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  request.on('end', () => {
    response.writeHead(200, HEAD);
    response.end(BODY);
  });
}

listen(() => answer, processesWanted());
