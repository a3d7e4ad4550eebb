import { parseArgs } from 'node:util';
import { integer } from './integer-option.ts';
import type { LoadSettings } from './scenarios/scenario.ts';

export interface BenchOptions extends LoadSettings {
  /** Measured runs of every side in every scenario. */
  readonly runs: number;
  /** Processes of the service, and of the peers that do nothing. Absent: what the service itself would choose. */
  readonly workers: number | undefined;
  /** Names of scenarios; empty means all, or those of a quick bench. */
  readonly scenarios: readonly string[];
  /** Names of sides; empty means all. */
  readonly sides: readonly string[];
  readonly isQuick: boolean;
  readonly isWithPeers: boolean;
}

export type ParsedOptions =
  | { readonly kind: 'options'; readonly options: BenchOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'list'; readonly settings: LoadSettings }
  | { readonly kind: 'wrong'; readonly reason: string };

export const RUNS_DEFAULT = 3;
export const WITHDRAWALS_DEFAULT = 10_000;
export const DURATION_DEFAULT_S = 2;
const DURATION_QUICK_S = 1;
/** A timed run keeps every answer until it is proven. */
const DURATION_MAX_S = 60;
const CONNECTIONS_MAX = 20_000;

export function usage(scenarioNames: readonly string[]): string {
  return `Usage: npm run bench -- [options]

Measures the service against other designs on the same PostgreSQL, and proves every result before it prints a figure.
It uses the server of DATABASE_URL, in a database of its own; without DATABASE_URL, a PostgreSQL in a temporary folder.
Results are written to bench/results, as JSON and as a report in HTML (see npm run bench:report -- --help).

  --scenario NAME   only this one, may be repeated: ${lines(scenarioNames)}
  --list            what each scenario measures, and on which sides
  --runs N          measured runs of every side (default ${RUNS_DEFAULT})
  --duration S      seconds of a timed run (default ${DURATION_DEFAULT_S})
  --workers N       worker processes of the service (default: what the service chooses)
  --connections N   keep-alive connections (default: what the scenario chooses)
  --withdrawals N   requests of a counted run, an even number (default ${WITHDRAWALS_DEFAULT})
  --side NAME       only on this side, may be repeated (see --list)
  --skip-peers      only the service
  --quick           one short run of every side, of the scenarios that say most
  --full            growth, memory and start-up with 1,000,000 users
  --help            this text
`;
}

/** Reads the command line. `scenarioNames` and `sideNames` are those that exist. */
export function parseOptions(
  args: readonly string[],
  scenarioNames: readonly string[],
  sideNames: readonly string[],
): ParsedOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        runs: { type: 'string' },
        duration: { type: 'string' },
        workers: { type: 'string' },
        connections: { type: 'string' },
        withdrawals: { type: 'string' },
        scenario: { type: 'string', multiple: true, default: [] },
        list: { type: 'boolean', default: false },
        side: { type: 'string', multiple: true, default: [] },
        'skip-peers': { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        full: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    requireKnown('scenario', values.scenario, scenarioNames);
    requireKnown('side', values.side, sideNames);
    const withdrawals = integer('withdrawals', values.withdrawals, 2, 10_000_000) ?? WITHDRAWALS_DEFAULT;
    if (withdrawals % 2 !== 0) throw new RangeError('--withdrawals must be even: half of them are refused');
    const durationDefaultS = values.quick ? DURATION_QUICK_S : DURATION_DEFAULT_S;
    const options: BenchOptions = {
      runs: integer('runs', values.runs, 1, 1000) ?? (values.quick ? 1 : RUNS_DEFAULT),
      workers: integer('workers', values.workers, 1, 64),
      connections: integer('connections', values.connections, 1, CONNECTIONS_MAX),
      durationMs: 1000 * (integer('duration', values.duration, 1, DURATION_MAX_S) ?? durationDefaultS),
      withdrawals,
      scenarios: values.scenario,
      sides: values.side,
      isQuick: values.quick,
      isFull: values.full,
      isWithPeers: !values['skip-peers'],
    };
    return values.list ? { kind: 'list', settings: options } : { kind: 'options', options };
  } catch (error) {
    return { kind: 'wrong', reason: error instanceof Error ? error.message : String(error) };
  }
}

function requireKnown(kind: string, names: readonly string[], known: readonly string[]): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new RangeError(`There is no ${kind} ${unknown}`);
}

const NAMES_PER_LINE = 5;

function lines(names: readonly string[]): string {
  const rows: string[] = [];
  for (let first = 0; first < names.length; first += NAMES_PER_LINE) {
    rows.push(names.slice(first, first + NAMES_PER_LINE).join(', '));
  }
  return rows.join(`,\n${' '.repeat(20)}`);
}
