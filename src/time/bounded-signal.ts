/**
 * A signal that aborts with `ending`, or with a TimeoutError after `withinMs`, whichever is first; `release` when it is
 * no longer needed. Not AbortSignal.any: on Node 20 a timeout that nothing else holds is collected, and never comes.
 */
export function boundedSignal(
  ending: AbortSignal,
  withinMs: number,
): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController();
  const end = () => controller.abort(ending.reason);
  const timer = setTimeout(() => {
    controller.abort(new DOMException(`no answer within ${withinMs / 1000} s`, 'TimeoutError'));
  }, withinMs);
  if (ending.aborted) end();
  else ending.addEventListener('abort', end, { once: true });
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer);
      ending.removeEventListener('abort', end);
    },
  };
}
