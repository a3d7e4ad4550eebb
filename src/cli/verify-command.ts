import { ConfigError, readConfig } from '../config.ts';
import { createLogger } from '../observability/logger.ts';
import { systemClock as clock } from '../time/clock.ts';
import { createProgress } from '../verify/progress.ts';
import { humanReport, reportData } from '../verify/report.ts';
import { estimateUsers } from '../verify/snapshot.ts';
import { openEmbeddedTarget, type TargetDatabase } from '../verify/target-database.ts';
import { type VerifyResult, verifyLedger } from '../verify/verify-ledger.ts';
import { type Answer, CommandError } from './answer.ts';
import { type EndSignal, EXIT, EXIT_BY_SIGNAL } from './exit-codes.ts';
import { untilSignal } from './until-signal.ts';

export interface VerifyOptions {
  readonly all?: boolean;
  readonly limit: number;
  readonly from?: number;
  readonly to?: number;
  readonly databaseUrl?: string;
}

/** The command `verify`. Its exit code is `failed` only for a finding: what could not be checked is `unreachable`. */
export async function verify(options: VerifyOptions): Promise<Answer> {
  const { from, to } = options;
  if (from !== undefined && to !== undefined && from > to) {
    throw new CommandError(EXIT.usage, '--from must not be greater than --to.');
  }
  return untilSignal(async (signal) => {
    try {
      const result = await checkTarget(options, signal);
      const exitCode = result.findingsTotal === 0 ? EXIT.done : EXIT.failed;
      return { exitCode, text: humanReport(result), json: reportData(result) };
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      if (signal.aborted) {
        return {
          exitCode: EXIT_BY_SIGNAL[signal.reason as EndSignal],
          complaint: 'Stopped before the end of the check.\n',
        };
      }
      throw new CommandError(EXIT.unreachable, error instanceof Error ? error.message : String(error), error);
    }
  });
}

async function checkTarget(options: VerifyOptions, signal: AbortSignal): Promise<VerifyResult> {
  const target = await openTarget(options.databaseUrl, signal);
  const progress = createProgress(process.stderr);
  const { from = null, to = null } = options;
  try {
    if (process.stderr.isTTY) progress.start(await estimateUsers(target.url, from, to).catch(() => 0));
    return await verifyLedger({
      databaseUrl: target.url,
      clock,
      from,
      to,
      goesOn: options.all === true,
      findingsMax: options.limit,
      signal,
      onProgress: progress.update,
      onRetry: (reason) => process.stderr.write(`Trying again: ${reason}\n`),
    });
  } finally {
    progress.stop();
    await target.release();
  }
}

async function openTarget(given: string | undefined, signal: AbortSignal): Promise<TargetDatabase> {
  if (given !== undefined) return { url: given, release: async () => undefined };
  const { databaseUrl, dataDir, logLevel } = readConfig();
  if (databaseUrl !== undefined) return { url: databaseUrl, release: async () => undefined };
  return openEmbeddedTarget({ dataDir, clock, log: createLogger(logLevel), signal });
}
