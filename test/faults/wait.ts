import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 10;

export const pause = (durationMs: number): Promise<void> => sleep(durationMs);

/** Looks until `isSo`; false when that is not within `withinMs`. A look that throws has seen nothing. */
export async function comesTrue(isSo: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  const untilMs = performance.now() + withinMs;
  for (;;) {
    if (
      await Promise.resolve()
        .then(isSo, () => false)
        .catch(() => false)
    )
      return true;
    if (performance.now() >= untilMs) return false;
    await sleep(LOOK_EVERY_MS);
  }
}

/** Throws, with what was waited for, when that does not come about within `withinMs`. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
  if (!(await comesTrue(isSo, withinMs))) throw new Error(`waited ${withinMs} ms in vain for: ${what}`);
}
