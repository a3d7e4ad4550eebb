import type { EndSignal } from './exit-codes.ts';

/**
 * Runs what ends in order at SIGINT and SIGTERM: its signal is aborted then, and the reason is an EndSignal. The handlers
 * are gone after the first one, so that a second one ends the process at once.
 */
export async function untilSignal<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const aborting = new AbortController();
  const signals: readonly EndSignal[] = ['SIGINT', 'SIGTERM'];
  const handlers = signals.map((signal) => [signal, () => aborting.abort(signal)] as const);
  for (const [signal, handler] of handlers) process.once(signal, handler);
  try {
    return await run(aborting.signal);
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  }
}
