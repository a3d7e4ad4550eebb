import { mountEndpoints } from './app.ts';
import type { Endpoint, HttpContext } from './context.ts';
import { createEndpoints } from './endpoints.ts';
import { refuseBadFraming } from './framing.ts';
import { BATCH_PATH, CHANGE_PATH, isBalancePath } from './target.ts';

/**
 * Takes the hot endpoints straight to their handlers and everything else through Express, which costs 3-4 times as much
 * per request. Whatever is odd about a request sends it the long way, to the same handlers.
 */
export function createFrontDoor(context: HttpContext): Endpoint {
  const endpoints = createEndpoints(context);
  const app = mountEndpoints(context, endpoints);

  function shortcut(method: string, url: string): Endpoint {
    if (method === 'POST') {
      if (url === CHANGE_PATH) return endpoints.changeByBody;
      return url === BATCH_PATH ? endpoints.changeMany : app;
    }
    if (!isBalancePath(url)) return app;
    if (method === 'GET') return endpoints.readBalance;
    return method === 'PATCH' ? endpoints.changeByPath : app;
  }

  return (request, response) => {
    if (refuseBadFraming(request, response)) return;
    shortcut(request.method as string, request.url as string)(request, response);
  };
}
