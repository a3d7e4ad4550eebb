import { systemClock } from '../../src/time/clock.ts';
import { type VerifyOptions, type VerifyResult, verifyLedger } from '../../src/verify/verify-ledger.ts';

/** Checks the whole ledger, past the first finding. */
export function check(databaseUrl: string, options: Partial<VerifyOptions> = {}): Promise<VerifyResult> {
  return verifyLedger({
    databaseUrl,
    clock: systemClock,
    from: null,
    to: null,
    goesOn: true,
    findingsMax: 100,
    signal: new AbortController().signal,
    ...options,
  });
}
