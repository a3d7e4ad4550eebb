import { collectGarbage } from '../../bench/garbage.ts';

/** Which of the things that were referred to are still kept, once all that can go has gone. */
export async function stillKept<T extends WeakKey>(references: readonly WeakRef<T>[]): Promise<readonly T[]> {
  // A WeakRef holds its target until the turn of the event loop in which it was made or read has ended.
  await new Promise((resolve) => setTimeout(resolve, 10));
  collectGarbage();
  return references.flatMap((reference) => reference.deref() ?? []);
}
