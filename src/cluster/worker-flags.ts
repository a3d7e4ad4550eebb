/**
 * MB of each half of a worker's young generation. With V8's own 16 a worker that answered 9,000 requests/s spent 19% of
 * its time in scavenges, with 64 it was 8%; beyond that nothing was gained (docs/decisions/0017).
 */
const SEMI_SPACE_MB = 64;

/** What V8 is told in a worker. Also the smallest size: it would grow it only after many survivors, and shrink it when idle. */
export const WORKER_FLAGS: readonly string[] = [
  `--min-semi-space-size=${SEMI_SPACE_MB}`,
  `--max-semi-space-size=${SEMI_SPACE_MB}`,
];
