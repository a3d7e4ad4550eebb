/**
 * MB of each half of a worker's young generation. With V8's own 16 a worker that answered 9,000 requests/s spent 19% of
 * its time in scavenges, with 64 it was 8%; beyond that nothing was gained (docs/decisions/0017).
 */
const SEMI_SPACE_MB = 64;

/**
 * By how much the old generation may grow until all of it is collected, in percent of what was alive. V8's own choice was
 * 8 MB: a full collection every 4 to 5 s under load, behind which requests wait for 15 to 40 ms (docs/decisions/0026).
 */
const OLD_GROWTH_PERCENT = 100;

/**
 * What V8 and Node are told in a worker. Also the smallest size of the young generation: V8 would grow it only after many
 * survivors, and shrink it when idle. Node's own code goes to pages of 2 MB, where Node can do that (docs/decisions/0028).
 */
export const WORKER_FLAGS: readonly string[] = [
  '--use-largepages=silent',
  `--min-semi-space-size=${SEMI_SPACE_MB}`,
  `--max-semi-space-size=${SEMI_SPACE_MB}`,
  `--heap-growing-percent=${OLD_GROWTH_PERCENT}`,
];
