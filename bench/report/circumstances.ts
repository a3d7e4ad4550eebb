import { escapeText } from '../plot/svg.ts';
import type { StoredResult } from '../result-file.ts';

/** What the figures depend on beside the code: a reader must see it before them. */
export function circumstances({ machine, postgres, options, note }: StoredResult): string {
  const { version, fsync, synchronousCommit, fullPageWrites } = postgres;
  const cores = machine.cores === 1 ? '1 core' : `${machine.cores} cores`;
  const list: readonly (readonly [string, string])[] = [
    ['Machine', `${cores}, ${machine.cpu}, ${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB, ${machine.platform}`],
    ['Node', machine.node],
    [
      'PostgreSQL',
      `${version}; fsync ${fsync}, synchronous_commit ${synchronousCommit}, full_page_writes ${fullPageWrites}`,
    ],
    ['Options', optionsText(options)],
    ...(note === null ? [] : [['Note', note] as const]),
  ];
  const items = list.map(([name, text]) => `<dt>${name}</dt><dd>${escapeText(text)}</dd>`);
  return `<dl class="facts">${items.join('')}</dl><p class="dim">Servers, database and load share the machine.</p>`;
}

function optionsText(options: StoredResult['options']): string {
  const { runs, workers, durationMs, connections, withdrawals, scenarios, sides, isQuick, isFull, isWithPeers } =
    options;
  return [
    `${runs} measured ${runs === 1 ? 'run' : 'runs'} of every side`,
    `${durationMs / 1000} s each where time is the limit, ${withdrawals} withdrawals where their number is`,
    `${workers} ${workers === 1 ? 'worker' : 'workers'}`,
    ...(connections === undefined ? [] : [`${connections} connections`]),
    ...(scenarios.length === 0 ? [] : [`only ${scenarios.join(', ')}`]),
    ...(sides.length === 0 ? [] : [`only ${sides.join(', ')}`]),
    ...(isQuick ? ['quick'] : []),
    ...(isFull ? ['growth to its end'] : []),
    ...(isWithPeers ? [] : ['without peers']),
  ].join('; ');
}
