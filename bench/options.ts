import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Measured runs of every side in every scenario. */
  readonly runs: number;
  /** Processes of the service, and of the peers that do nothing. Absent: what the service itself would choose. */
  readonly workers: number | undefined;
  /** Requests per run, even: half of them find the balance used up. */
  readonly withdrawals: number;
  /** Names of scenarios; empty means all. */
  readonly scenarios: readonly string[];
  readonly isWithPeers: boolean;
}

export type ParsedOptions =
  | { readonly kind: 'options'; readonly options: BenchOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly reason: string };

export const RUNS_DEFAULT = 3;
export const WITHDRAWALS_DEFAULT = 10_000;

export function usage(scenarioNames: readonly string[]): string {
  return `Usage: npm run bench -- [options]

Measures the service against the usual design on the same PostgreSQL, and proves every result before it prints a figure.
It uses the server of DATABASE_URL, in a database of its own; without DATABASE_URL, a PostgreSQL in a temporary folder.

  --runs N          measured runs of every side (default ${RUNS_DEFAULT})
  --workers N       worker processes of the service (default: what the service chooses)
  --withdrawals N   requests per run, an even number (default ${WITHDRAWALS_DEFAULT})
  --scenario NAME   only this one, may be repeated: ${scenarioNames.join(', ')}
  --skip-peers      only the service
  --quick           one run of every side
  --help            this text
`;
}

/** Reads the command line. `scenarioNames` are those that exist. */
export function parseOptions(args: readonly string[], scenarioNames: readonly string[]): ParsedOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        runs: { type: 'string' },
        workers: { type: 'string' },
        withdrawals: { type: 'string' },
        scenario: { type: 'string', multiple: true, default: [] },
        'skip-peers': { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    const unknown = values.scenario.find((name) => !scenarioNames.includes(name));
    if (unknown !== undefined) throw new RangeError(`There is no scenario ${unknown}`);
    const withdrawals = integer('withdrawals', values.withdrawals, 2, 10_000_000) ?? WITHDRAWALS_DEFAULT;
    if (withdrawals % 2 !== 0) throw new RangeError('--withdrawals must be even: half of them are refused');
    const options: BenchOptions = {
      runs: integer('runs', values.runs, 1, 1000) ?? (values.quick ? 1 : RUNS_DEFAULT),
      workers: integer('workers', values.workers, 1, 64),
      withdrawals,
      scenarios: values.scenario,
      isWithPeers: !values['skip-peers'],
    };
    return { kind: 'options', options };
  } catch (error) {
    return { kind: 'wrong', reason: error instanceof Error ? error.message : String(error) };
  }
}

function integer(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new RangeError(`--${name} must be an integer from ${min} to ${max}`);
}
