/** What pgbench says of one run. */
export interface PgbenchReport {
  readonly transactions: number;
  readonly failed: number;
  readonly perSecond: number;
  readonly averageMs: number;
}

/** Reads the output of pgbench, version 9 to 18. Throws when a figure is missing. */
export function parseReport(output: string): PgbenchReport {
  const transactions = figure(output, /number of transactions actually processed: (\d+)/);
  // Told since version 15; before, a failed transaction ended its client.
  const failed = Number(/number of failed transactions: (\d+)/.exec(output)?.[1] ?? 0);
  // On a busy machine its time may be up before the first commit, and then it tells no rate.
  if (transactions === 0) return { transactions, failed, perSecond: 0, averageMs: Number.NaN };
  return {
    transactions,
    failed,
    // Up to version 13 told twice, the last one without the time for connecting.
    perSecond: figure(output, /tps = ([\d.]+)(?![\s\S]*tps = )/),
    averageMs: figure(output, /latency average = ([\d.]+) ms/),
  };
}

function figure(output: string, pattern: RegExp): number {
  const value = Number(pattern.exec(output)?.[1] ?? Number.NaN);
  if (Number.isNaN(value)) throw new Error(`The report of pgbench could not be read:\n${output.slice(-1000)}`);
  return value;
}
