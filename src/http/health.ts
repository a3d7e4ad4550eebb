import { sendJson, sendProblem } from './answers.ts';
import type { Endpoint, HttpContext } from './context.ts';
import { refuseBody, refuseQuery } from './preconditions.ts';

/** GET /livez: the process turns its event loop. */
export function createLive(): Endpoint {
  return (request, response) => {
    if (refuseQuery(request, response) || refuseBody(request, response)) return;
    sendJson(response, '{"status":"ok"}');
  };
}

/** GET /readyz: requests can be served; a load balancer should send none otherwise. */
export function createReady(context: HttpContext): Endpoint {
  return (request, response) => {
    if (refuseQuery(request, response) || refuseBody(request, response)) return;
    if (context.isReady()) sendJson(response, '{"status":"ready"}');
    else sendProblem(response, 'not_ready', 'Send requests to another instance for now.', ['Retry-After', '1']);
  };
}
