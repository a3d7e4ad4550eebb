// How connections reach workers. npx tsx bench/experiments/accept.ts [--workers N]
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readConstantAnswers } from '../answers.ts';
import { type ServerProcess, startServer } from '../child-processes.ts';
import { serverCpuMs } from '../cpu-time.ts';
import { type HelperProcess, startHelper } from '../helper-process.ts';
import type { LoadOrder, LoadResult } from '../load-protocol.ts';
import type { Releases } from '../releases.ts';
import type { Figures, RunResult, Turn } from '../scenarios/scenario.ts';
import { percentile } from '../statistics.ts';
import { backlogNote, requireFiles } from '../system-limits.ts';
import type { AcceptStrategy } from './accept-server.ts';
import { type Experiment, runExperiments } from './experiment.ts';

const STRATEGIES: Readonly<Record<AcceptStrategy, string>> = {
  'many-handles': 'SCHED_NONE, 16 handles',
  'one-handle': 'SCHED_NONE, one handle',
  'round-robin': 'round robin',
};
const COLUMNS = {
  wallMs: 'wall ms',
  requestsPerSecond: 'requests/s',
  p99Ms: 'p99 ms',
  serverUs: 'server us',
  busiestPercent: 'busiest worker %',
};
const SIMULTANEOUS = 10_000;
const KEEP_ALIVE = 64;
const KEEP_ALIVE_REQUESTS = 12_000;

interface Load {
  readonly connections: number;
  readonly requests: number;
}

const { values: options } = parseArgs({ options: { workers: { type: 'string', default: '2' } } });
const workers = Number(options.workers);
if (!Number.isInteger(workers) || workers < 1) throw new Error('--workers is a whole number from 1 on');

function startStrategy(strategy: AcceptStrategy, releases: Releases): Promise<ServerProcess> {
  const file = fileURLToPath(new URL('./accept-server.ts', import.meta.url));
  return startServer({ name: strategy, file, environment: { ACCEPT: strategy, WORKERS: `${workers}` } }, releases);
}

async function fire(
  load: HelperProcess<LoadOrder, LoadResult>,
  { url, pid }: ServerProcess,
  { connections, requests }: Load,
  onProgress: Turn['onProgress'],
): Promise<RunResult> {
  const before = await serverCpuMs(pid);
  const result = await load.order({ url, body: '{}', connections, requests }, onProgress);
  const cpuMs = (await serverCpuMs(pid)) - before;
  const disagreements = readConstantAnswers(result, requests);
  if (disagreements.length > 0) return { kind: 'disagreed', disagreements };
  return { kind: 'proven', points: [{ at: null, figures: figuresOf(result, cpuMs) }] };
}

function figuresOf({ wallMs, latenciesMs, bodies }: LoadResult, cpuMs: number): Figures {
  const counts = new Map<string, number>();
  for (const body of bodies) counts.set(body, (counts.get(body) ?? 0) + 1);
  return {
    wallMs,
    requestsPerSecond: (bodies.length / wallMs) * 1000,
    p99Ms: percentile(latenciesMs, 0.99),
    serverUs: (1000 * cpuMs) / bodies.length,
    busiestPercent: (100 * Math.max(...counts.values())) / bodies.length,
  };
}

async function prepare({ releases }: { readonly releases: Releases }): Promise<readonly Experiment[]> {
  requireFiles(SIMULTANEOUS);
  const note = await backlogNote(SIMULTANEOUS);
  if (note !== null) process.stdout.write(`${note}\n`);
  const load = await startHelper<LoadOrder, LoadResult>('./load-process.ts', releases);
  const servers: { readonly name: string; readonly server: ServerProcess }[] = [];
  for (const [strategy, name] of Object.entries(STRATEGIES)) {
    servers.push({ name, server: await startStrategy(strategy as AcceptStrategy, releases) });
  }
  const experiment = (name: string, description: string, full: Load, warmUp: Load): Experiment => ({
    name,
    description: `${description}, ${workers} workers`,
    columns: COLUMNS,
    variants: servers.map((each) => ({
      name: each.name,
      run: ({ isWarmUp, onProgress }) => fire(load, each.server, isWarmUp ? warmUp : full, onProgress),
    })),
    tail: () => servers.map(({ server }) => server.tail()).join('\n'),
  });
  return [
    experiment(
      'accept, simultaneous',
      `${SIMULTANEOUS} connections at the same time with one request each`,
      { connections: SIMULTANEOUS, requests: SIMULTANEOUS },
      { connections: 1000, requests: 1000 },
    ),
    experiment(
      'accept, keep-alive',
      `${KEEP_ALIVE_REQUESTS} requests over ${KEEP_ALIVE} connections`,
      { connections: KEEP_ALIVE, requests: KEEP_ALIVE_REQUESTS },
      { connections: KEEP_ALIVE, requests: KEEP_ALIVE_REQUESTS / 4 },
    ),
  ];
}

await runExperiments(prepare);
