import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves after `durationMs`; rejects at once, with the reason of `signal`, when that aborts. */
export async function pause(durationMs: number, signal?: AbortSignal): Promise<void> {
  await sleep(durationMs, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error;
  });
}
