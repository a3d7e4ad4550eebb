import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context, Span } from '@opentelemetry/api';
import type { Tracing } from '../observability/tracing.ts';
import { routeOf } from './observed-response.ts';
import { parseTraceparent } from './request-id.ts';

const FIRST_SERVER_ERROR = 500;

/** Sees every request when it has come. */
export type RequestObserver = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Makes a span of each request, by the semantic conventions for HTTP servers. It names the route, not the path: a user's
 * id is nobody's business but the service's. Where the operator's SDK instruments node:http itself, ours is a part of
 * that span; else its parent is what the caller sent.
 */
export function createRequestTracing(tracing: Tracing): RequestObserver {
  const { api, tracer } = tracing;
  return (request, response) => {
    const outer = api.context.active();
    const isWithin = api.trace.getSpan(outer) !== undefined;
    const span = tracer.startSpan(
      request.method as string,
      {
        kind: isWithin ? api.SpanKind.INTERNAL : api.SpanKind.SERVER,
        attributes: { 'http.request.method': request.method as string, 'url.scheme': 'http' },
      },
      isWithin ? outer : parentOf(tracing, request),
    );
    response.once('close', () => end(tracing, span, response));
  };
}

/** By the operator's propagator; where none is registered, by the W3C's field. */
function parentOf({ api }: Tracing, { headers }: IncomingMessage): Context {
  const extracted = api.propagation.extract(api.ROOT_CONTEXT, headers);
  if (api.trace.getSpanContext(extracted) !== undefined) return extracted;
  const parent = parseTraceparent(headers.traceparent as string | undefined);
  if (parent === null) return extracted;
  const { traceId, spanId, flags } = parent;
  return api.trace.setSpanContext(extracted, { traceId, spanId, traceFlags: flags, isRemote: true });
}

function end({ api }: Tracing, span: Span, response: ServerResponse): void {
  const { method, route } = routeOf(response);
  const { statusCode } = response;
  if (route !== 'none') {
    span.updateName(`${method} ${route}`);
    span.setAttribute('http.route', route);
  }
  if (response.headersSent) span.setAttribute('http.response.status_code', statusCode);
  if (!response.writableFinished || statusCode >= FIRST_SERVER_ERROR) {
    span.setAttribute('error.type', response.writableFinished ? String(statusCode) : 'connection_lost');
    span.setStatus({ code: api.SpanStatusCode.ERROR });
  }
  span.end();
}
