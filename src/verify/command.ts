import { ConfigError, readConfig } from '../config.ts';
import { createLogger } from '../observability/logger.ts';
import { systemClock as clock } from '../time/clock.ts';
import { parseVerifyOptions, USAGE, UsageError, type VerifyCommandOptions } from './options.ts';
import { writeAll } from './output.ts';
import { createProgress } from './progress.ts';
import { humanReport, jsonReport } from './report.ts';
import { estimateUsers } from './snapshot.ts';
import { openEmbeddedTarget, type TargetDatabase } from './target-database.ts';
import { type VerifyResult, verifyLedger } from './verify-ledger.ts';

const SOUND = 0;
const DISAGREES = 1;
const BAD_USAGE = 2;
const NOT_CHECKED = 3;
/** As a shell calls the end by SIGPIPE. */
const OUTPUT_CLOSED = 141;

const exitCodeOf = { SIGINT: 130, SIGTERM: 143 } as const;
type EndSignal = keyof typeof exitCodeOf;

/**
 * The command `verify`. Resolves with the exit code: 0 sound, 1 a finding, 2 wrong usage, 3 could not check, 141 nobody
 * read the report; after a signal 128 and its number.
 */
export async function runVerify(args: readonly string[]): Promise<number> {
  // What is told there is told by the exit code too.
  process.stderr.on('error', () => undefined);
  try {
    const options = parseVerifyOptions(args);
    if (!options.isHelp) return await runUntilSignal(options);
    return (await writeAll(process.stdout, USAGE)) ? SOUND : OUTPUT_CLOSED;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return BAD_USAGE;
  }
}

/** The first signal ends the check in order; its handler is gone then, so that a second one ends it at once. */
async function runUntilSignal(options: VerifyCommandOptions): Promise<number> {
  const aborting = new AbortController();
  const handlers = (['SIGINT', 'SIGTERM'] as const).map((signal) => [signal, () => aborting.abort(signal)] as const);
  for (const [signal, handler] of handlers) process.once(signal, handler);
  try {
    const result = await checkTarget(options, aborting.signal);
    const isTaken = await writeAll(process.stdout, options.isJson ? jsonReport(result) : humanReport(result));
    if (!isTaken) return OUTPUT_CLOSED;
    return result.findingsTotal === 0 ? SOUND : DISAGREES;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (aborting.signal.aborted) {
      process.stderr.write('Stopped before the end of the check.\n');
      return exitCodeOf[aborting.signal.reason as EndSignal];
    }
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return NOT_CHECKED;
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  }
}

async function checkTarget(options: VerifyCommandOptions, signal: AbortSignal): Promise<VerifyResult> {
  const target = await openTarget(options, signal);
  const progress = createProgress(process.stderr);
  const { from, to, goesOn, findingsMax } = options;
  try {
    if (process.stderr.isTTY) progress.start(await estimateUsers(target.url, from, to).catch(() => 0));
    return await verifyLedger({
      databaseUrl: target.url,
      clock,
      from,
      to,
      goesOn,
      findingsMax,
      signal,
      onProgress: progress.update,
      onRetry: (reason) => process.stderr.write(`Trying again: ${reason}\n`),
    });
  } finally {
    progress.stop();
    await target.release();
  }
}

async function openTarget(options: VerifyCommandOptions, signal: AbortSignal): Promise<TargetDatabase> {
  const given = options.databaseUrl;
  if (given !== null) return { url: given, release: async () => undefined };
  const { databaseUrl, dataDir, logLevel } = readConfig();
  if (databaseUrl !== undefined) return { url: databaseUrl, release: async () => undefined };
  return openEmbeddedTarget({ dataDir, clock, log: createLogger(logLevel), signal });
}
