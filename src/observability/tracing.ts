import type { ProxyTracerProvider, Tracer, TracerProvider } from '@opentelemetry/api';

export type OpenTelemetry = typeof import('@opentelemetry/api');

/** What spans are made with. */
export interface Tracing {
  readonly api: OpenTelemetry;
  readonly tracer: Tracer;
}

/** Under this symbol every copy of @opentelemetry/api keeps what was registered with it. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');
const NAME = 'highload-user-balance';

/**
 * Null unless a tracer provider was registered in this process before: by a file of the operator's, with
 * `NODE_OPTIONS=--import ./otel.mjs`. Without one nothing of OpenTelemetry is even loaded, which would take 40 ms.
 */
export async function openTracing(): Promise<Tracing | null> {
  if (!(REGISTERED in globalThis)) return null;
  const api = await import('@opentelemetry/api');
  const provider = api.trace.getTracerProvider();
  // What is registered is a proxy, of this copy of the package or another, and there may be nothing behind it.
  const tracer = isProxy(provider) ? provider.getDelegateTracer(NAME) : provider.getTracer(NAME);
  return tracer === undefined ? null : { api, tracer };
}

const isProxy = (provider: TracerProvider): provider is ProxyTracerProvider => 'getDelegateTracer' in provider;
