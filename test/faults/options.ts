import { parseArgs } from 'node:util';
import { integer } from '../../bench/integer-option.ts';

export interface Options {
  readonly seed: number;
  readonly faults: number;
  readonly workers: number;
  /** Names; empty means all that are available. */
  readonly only: readonly string[];
  readonly jsonFile: string | undefined;
  readonly plotFile: string | undefined;
  readonly mode: { readonly kind: 'random' | 'list' | 'ambiguous' | 'same-key'; readonly count: number };
}

export type ParsedOptions =
  | { readonly kind: 'options'; readonly options: Options }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly reason: string };

export const USAGE = `Usage: npm run faults -- [options]

Starts the real service on a real PostgreSQL of its own, loads it over HTTP, injects faults at random, heals, and holds
every answer against the ledger. Exits with 1 when anything was lost, doubled, wrong or late.

  --seed N         chooses the faults and their details (default: drawn, and printed)
  --faults N       how many, one after the other (default 60)
  --workers N      worker processes of the service (default 2)
  --only NAME      only this fault, may be repeated
  --list           what there is to inject, and what of it is available here
  --json FILE      writes the results there too
  --plot FILE      draws them there, as SVG
  --ambiguous N    instead: N rounds whose reply is lost, half of them committed (100 when N is left out)
  --same-key N     instead: N keys, each sent 1,000 times over many connections (100 when N is left out)
  --help           this text
`;

const COUNT_DEFAULT = 100;

/** Reads the command line. `names` are the faults that exist. */
export function parseOptions(args: readonly string[], names: readonly string[], drawSeed: () => number): ParsedOptions {
  try {
    const { values } = parseArgs({
      args: withDefaultCounts(args),
      options: {
        seed: { type: 'string' },
        faults: { type: 'string' },
        workers: { type: 'string' },
        only: { type: 'string', multiple: true, default: [] },
        list: { type: 'boolean', default: false },
        json: { type: 'string' },
        plot: { type: 'string' },
        ambiguous: { type: 'string' },
        'same-key': { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    const unknown = values.only.find((name) => !names.includes(name));
    if (unknown !== undefined) throw new RangeError(`There is no fault ${unknown}; see --list`);
    const options: Options = {
      seed: integer('seed', values.seed, 0, 2 ** 32 - 1) ?? drawSeed(),
      faults: integer('faults', values.faults, 1, 100_000) ?? 60,
      workers: integer('workers', values.workers, 1, 16) ?? 2,
      only: values.only,
      jsonFile: values.json,
      plotFile: values.plot,
      mode: modeOf(values),
    };
    return { kind: 'options', options };
  } catch (error) {
    return { kind: 'wrong', reason: error instanceof Error ? error.message : String(error) };
  }
}

function modeOf(values: {
  readonly list: boolean;
  readonly ambiguous?: string | undefined;
  readonly 'same-key'?: string | undefined;
}): Options['mode'] {
  if (values.list) return { kind: 'list', count: 0 };
  const ambiguous = integer('ambiguous', values.ambiguous, 2, 100_000);
  if (ambiguous !== undefined) return { kind: 'ambiguous', count: ambiguous };
  const sameKey = integer('same-key', values['same-key'], 1, 100_000);
  if (sameKey !== undefined) return { kind: 'same-key', count: sameKey };
  return { kind: 'random', count: 0 };
}

/** parseArgs knows no option whose value may be left out. */
function withDefaultCounts(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    const isCount = arg === '--ambiguous' || arg === '--same-key';
    return isCount && !/^\d/.test(args[index + 1] ?? '') ? [arg, String(COUNT_DEFAULT)] : [arg];
  });
}
