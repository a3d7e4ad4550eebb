import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openService } from '../../src/cli/users/service.ts';
import { boundedSignal } from '../../src/time/bounded-signal.ts';

describe('a bounded signal', () => {
  it('aborts after its time', async () => {
    const { signal } = boundedSignal(new AbortController().signal, 20);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  });

  it('aborts with what it is bounded by, also when that has been aborted before', () => {
    const ending = new AbortController();
    const { signal, release } = boundedSignal(ending.signal, 10_000);
    ending.abort('SIGINT');
    expect([signal.reason, boundedSignal(ending.signal, 10_000).signal.reason]).toEqual(['SIGINT', 'SIGINT']);
    release();
  });

  it('does nothing any more once it is released', async () => {
    const ending = new AbortController();
    const { signal, release } = boundedSignal(ending.signal, 10);
    release();
    ending.abort();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(signal.aborted).toBe(false);
  });
});

describe('a command for a service that accepts connections and never answers', () => {
  let server: Server;
  beforeEach(
    () =>
      new Promise<void>((resolve) => {
        server = createServer(() => undefined).listen(0, '127.0.0.1', resolve);
      }),
  );
  afterEach(() => server.close());

  it('gives up within the time it was given', async () => {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const opening = openService({ url: `http://127.0.0.1:${port}`, timeout: 1 }, new AbortController().signal);
    await expect(opening).rejects.toThrow(`Cannot reach the service at http://127.0.0.1:${port}: no answer within 1 s`);
  });
});
