import { type Context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/domain/outcome.ts';
import { createRequestTracing } from '../../src/http/request-tracing.ts';
import { openTracing } from '../../src/observability/tracing.ts';
import { FakeService, startServer, until } from './fake-service.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT_ID = '00f067aa0ba902b7';
const traceparent = `00-${TRACE_ID}-${PARENT_ID}-01`;
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
  trace.disable();
  propagation.disable();
});

/** As the operator's own file does it. */
async function traced() {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  const tracing = await openTracing();
  if (tracing === null) throw new Error('the provider was not seen');
  const service = new FakeService();
  const { server, port } = await startServer(service, {}, { observers: [createRequestTracing(tracing)] });
  closing.push(() => server.close());
  const spans = async () => {
    await until(() => exporter.getFinishedSpans().length > 0);
    return exporter.getFinishedSpans();
  };
  return { service, port, url: `http://127.0.0.1:${port}`, spans };
}

describe('with a tracer provider of the operator', () => {
  it('a request is a span under its route, within the trace of its caller', async () => {
    const { service, url, spans } = await traced();
    service.answer = () => ({ kind: 'balance', userId: 4711, balance: 5, version: 1 }) as Outcome;
    await fetch(`${url}/api/users/4711/balance`, { headers: { traceparent } });
    const [span] = await spans();
    expect(span?.name).toBe('GET /api/users/:userId/balance');
    expect(span?.kind).toBe(SpanKind.SERVER);
    expect(span?.spanContext().traceId).toBe(TRACE_ID);
    expect(span?.parentSpanContext).toMatchObject({ traceId: TRACE_ID, spanId: PARENT_ID, isRemote: true });
    expect(span?.attributes).toEqual({
      'http.request.method': 'GET',
      'http.route': '/api/users/:userId/balance',
      'http.response.status_code': 200,
      'url.scheme': 'http',
    });
    expect(JSON.stringify([span?.name, span?.attributes]), 'no id of a user').not.toContain('4711');
  });

  it('a request without a parent begins a trace of its own', async () => {
    const { url, spans } = await traced();
    await fetch(`${url}/livez`, { headers: { traceparent: 'nonsense' } });
    const [span] = await spans();
    expect(span?.parentSpanContext).toBe(undefined);
    expect(span?.spanContext().traceId).not.toBe(TRACE_ID);
  });

  it('their propagator is asked first', async () => {
    const context = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
    propagation.setGlobalPropagator({
      inject: () => undefined,
      extract: (outer: Context) => trace.setSpanContext(outer, context),
      fields: () => [],
    });
    const { url, spans } = await traced();
    await fetch(`${url}/livez`, { headers: { traceparent } });
    expect((await spans())[0]?.parentSpanContext?.traceId).toBe('a'.repeat(32));
  });

  it('a defect is an error of its span, a refusal is none', async () => {
    const { service, url, spans } = await traced();
    service.answer = () => ({ kind: 'rejected', code: 'user_not_found' });
    await fetch(`${url}/api/users/1/balance`);
    const [refused] = await spans();
    expect(refused?.status.code).toBe(SpanStatusCode.UNSET);
    service.answer = () => Promise.reject(new Error('a defect'));
    await fetch(`${url}/api/users/1/balance`);
    await until(() => service.logged.length > 0);
    const [, failed] = await spans();
    expect(failed?.status.code).toBe(SpanStatusCode.ERROR);
    expect(failed?.attributes).toMatchObject({ 'http.response.status_code': 500, 'error.type': '500' });
  });
});

describe('without a tracer provider', () => {
  it('there is no tracing', async () => {
    expect(await openTracing()).toBe(null);
  });

  it('a propagator alone brings none', async () => {
    propagation.setGlobalPropagator({ inject: () => undefined, extract: () => ROOT_CONTEXT, fields: () => [] });
    expect(await openTracing()).toBe(null);
  });
});
