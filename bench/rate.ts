/**
 * What sides are compared by. Changes, where one request may carry many or where there is no request at all: then that is
 * what is counted on every side. Otherwise requests, since reads, refusals and servers that do nothing change nothing.
 */
export function rateNameOf(figures: Readonly<Record<string, unknown>>): 'changesPerSecond' | 'requestsPerSecond' {
  return 'changesPerSecond' in figures ? 'changesPerSecond' : 'requestsPerSecond';
}

/** Undefined where no rate was measured. */
export const rateOf = <T>(figures: Readonly<Record<string, T>>): T | undefined => figures[rateNameOf(figures)];
