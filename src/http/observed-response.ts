import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Outcome } from '../domain/outcome.ts';
import { NO_ROUTE, ROUTE, ROUTES } from '../observability/metric-definitions.ts';
import type { OperationKind, WorkerMeter } from '../observability/worker-meter.ts';
import type { Endpoint } from './context.ts';

/** Counts what is asked and answered. */
export type RequestMeter = Pick<WorkerMeter, 'answered' | 'unanswered' | 'answeredBelowRequests' | 'ended' | 'shed'>;

/**
 * What a counted answer carries from its request to its end. Fields of the response, since a listener or a look-up for
 * each answer would cost more than all the counting; and looked for, not asserted, since Express changes the prototype
 * and in an application of somebody else responses have none of them.
 */
interface Metered {
  readonly meter: RequestMeter;
  /** A place in `ROUTES`. */
  route: number;
  readonly startedAtMs: number;
}

/** What operation each route asks for. */
const operations: Readonly<Record<number, OperationKind>> = {
  [ROUTE.changeByBody]: 'change',
  [ROUTE.changeByPath]: 'change',
  [ROUTE.changeMany]: 'change',
  [ROUTE.createUser]: 'create',
  [ROUTE.readBalance]: 'balance',
  [ROUTE.listEntries]: 'entries',
};

/** The class of responses of a server whose answers are counted. */
export function createMeteredResponse(meter: RequestMeter): typeof ServerResponse {
  return class<Request extends IncomingMessage> extends ServerResponse<Request> implements Metered {
    readonly meter = meter;
    route = NO_ROUTE;
    readonly startedAtMs = performance.now();
  };
}

const meteredOf = (response: ServerResponse) => response as ServerResponse & Partial<Metered>;

/** The same endpoint; what it answers is told under its route. */
export function onRoute(route: number, endpoint: Endpoint): Endpoint {
  return (request, response) => {
    meteredOf(response).route = route;
    endpoint(request, response);
  };
}

/** The labels of the route that the request was brought to. */
export function routeOf(response: ServerResponse): (typeof ROUTES)[number] {
  return ROUTES[meteredOf(response).route ?? NO_ROUTE] as (typeof ROUTES)[number];
}

/** To be called once a whole answer has been written. */
export function countAnswer(response: ServerResponse, status: number): void {
  const { meter, route, startedAtMs } = meteredOf(response);
  meter?.answered(route as number, status, performance.now() - (startedAtMs as number));
}

/** To be called instead when the caller is gone. */
export function countLostAnswer(response: ServerResponse): void {
  const { meter, route } = meteredOf(response);
  meter?.unanswered(route as number);
}

/** To be called for every operation that a request has asked for. */
export function countOutcome(response: ServerResponse, outcome: Outcome): void {
  const { meter, route } = meteredOf(response);
  if (meter === undefined) return;
  const operation = operations[route as number];
  if (operation !== undefined) meter.ended(operation, outcome);
}
