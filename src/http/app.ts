import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { sendProblem } from './answers.ts';
import { createContext, type Endpoint, failRequest, type HttpContext, type HttpDependencies } from './context.ts';
import { createEndpoints, type Endpoints } from './endpoints.ts';
import { refuseBadFraming } from './framing.ts';
import { BATCH_PATH, CHANGE_PATH, isPlainTarget, toOriginForm } from './target.ts';

function refuseOddRequests(request: Request, response: Response, next: NextFunction): void {
  if (refuseBadFraming(request, response)) return;
  request.url = toOriginForm(request.url);
  if (isPlainTarget(request.url)) next();
  else sendProblem(response, 'invalid_request', 'The request target must be printable ASCII without "#" and "\\".');
}

/** OPTIONS is no exception: a browser has no business here, so a preflight finds no success. */
function methodNotAllowed(allow: string): Endpoint {
  return (request, response) => {
    sendProblem(response, 'method_not_allowed', `${request.method} is not one of ${allow}.`, ['Allow', allow]);
  };
}

function answerErrors(context: HttpContext) {
  // Express tells an error handler by its four parameters.
  return (error: unknown, request: Request, response: Response, _next: NextFunction): void => {
    const { status } = error as { status?: unknown };
    if (typeof status === 'number' && status >= 400 && status < 500) {
      sendProblem(response, 'invalid_request', 'The request target is malformed.');
    } else {
      failRequest(context, request, response, error);
    }
  };
}

/** Mounts the endpoints on an Express application that listens nowhere. */
export function mountEndpoints(context: HttpContext, endpoints: Endpoints): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').disable('query parser');
  app.enable('case sensitive routing').enable('strict routing');
  app.use(refuseOddRequests);
  app.route(CHANGE_PATH).post(endpoints.changeByBody).all(methodNotAllowed('POST'));
  app.route(BATCH_PATH).post(endpoints.changeMany).all(methodNotAllowed('POST'));
  app.route('/api/users').post(endpoints.createUser).all(methodNotAllowed('POST'));
  app
    .route('/api/users/:userId/balance')
    .get(endpoints.readBalance)
    .patch(endpoints.changeByPath)
    .all(methodNotAllowed('GET, HEAD, PATCH'));
  app.route('/api/users/:userId/entries').get(endpoints.listEntries).all(methodNotAllowed('GET, HEAD'));
  app.route('/livez').get(endpoints.live).all(methodNotAllowed('GET, HEAD'));
  app.route('/readyz').get(endpoints.ready).all(methodNotAllowed('GET, HEAD'));
  for (const [path, endpoint] of endpoints.docs) app.route(path).get(endpoint).all(methodNotAllowed('GET, HEAD'));
  app.use((_request, response) => sendProblem(response, 'not_found', 'No endpoint has this path.'));
  app.use(answerErrors(context));
  return app;
}

/** The whole interface as an Express application, for tests and for mounting elsewhere. */
export function createApp(dependencies: HttpDependencies): Express {
  const context = createContext(dependencies);
  return mountEndpoints(context, createEndpoints(context));
}
