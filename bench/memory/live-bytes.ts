import { collectGarbage } from '../garbage.ts';

// Finalizers and weak references let go of what they hold between two collections.
const COLLECTIONS = 3;
/** A collection stops everything: whoever holds a lease needs a moment between two. */
const PAUSE_MS = 100;

/** What this process keeps alive, on the heap of V8 and in buffers outside it. */
export async function liveBytes(): Promise<number> {
  for (let done = 0; done < COLLECTIONS; done += 1) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
