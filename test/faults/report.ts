import type { Fault } from './fault.ts';
import { groupBy } from './history-of-users.ts';
import type { TrialResult } from './run-trial.ts';

const HEAD = ['fault', 'times', 'calls', '503', 'unknown', 'applied', 'good p50', 'p99', 'worst', 'verdict'];

/** One line for each fault: times to the first good answer in ms; of the unknown outcomes, how many were applied. */
export function renderTable(results: readonly TrialResult[]): string {
  const rows = [...groupBy(results, (result) => result.fault)].sort().map(([fault, group]) => rowOf(fault, group));
  const all = [HEAD, ...rows, ...(rows.length > 1 ? [rowOf('all', results)] : [])];
  const widths = HEAD.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) =>
    row
      .map((cell, column) =>
        column === 0 || column === HEAD.length - 1
          ? cell.padEnd(widths[column] ?? 0)
          : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return lines.map((line) => `  ${line}\n`).join('');
}

function rowOf(fault: string, results: readonly TrialResult[]): string[] {
  const sum = (figureOf: (result: TrialResult) => number) =>
    String(results.reduce((total, result) => total + figureOf(result), 0));
  const times = results.map(({ goodAfterMs }) => goodAfterMs).sort((a, b) => a - b);
  const broken = results.reduce((total, { breaches }) => total + breaches.length, 0);
  return [
    fault,
    String(results.length),
    sum(({ calls }) => calls),
    sum(({ busy }) => busy),
    sum(({ unknown }) => unknown),
    sum(({ unknownApplied }) => unknownApplied),
    percentile(times, 0.5),
    percentile(times, 0.99),
    percentile(times, 1),
    broken === 0 ? 'kept' : `BROKEN ${broken}`,
  ];
}

/** The smallest that this share of the sorted values does not exceed. */
function percentile(sorted: readonly number[], share: number): string {
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return value === Number.POSITIVE_INFINITY ? 'never' : String(Math.round(value));
}

const BREACHES_SHOWN = 8;

/** What one injection broke, a line each. */
export function renderBreaches({ fault, label, breaches }: TrialResult): string {
  const lines = breaches.slice(0, BREACHES_SHOWN).map(({ rule, detail }) => `    ${rule}: ${detail}\n`);
  const more = breaches.length > BREACHES_SHOWN ? [`    and ${breaches.length - BREACHES_SHOWN} more\n`] : [];
  return breaches.length === 0
    ? ''
    : [`  ${fault}${label === '' ? '' : ` (${label})`} broke a promise:\n`, ...lines, ...more].join('');
}

export function renderCatalogue(faults: readonly Fault[]): string {
  const width = Math.max(...faults.map(({ name }) => name.length));
  const lines = faults.map((fault) => {
    const from = fault.countsFrom === undefined ? '' : ` (time counts from ${fault.countsFrom})`;
    return `  ${fault.name.padEnd(width)}  ${fault.what}${from}${fault.isAvailable() ? '' : '; not available here'}\n`;
  });
  return lines.join('');
}
