import { Presets, SingleBar } from 'cli-progress';
import { rateOf } from './rate.ts';
import type { Point, RunResult } from './scenarios/scenario.ts';
import { shortNumber } from './table.ts';

/** Tells a person how far the bench is: by a bar on a terminal, and by a plain line after each run everywhere. */
export interface Progress {
  scenario(name: string, description: string): void;
  absent(side: string, reason: string): void;
  start(run: string, side: string): void;
  /** Takes the share that is done, 0 to 1. */
  readonly update: (share: number) => void;
  /** `serverTail` is shown when the result disagreed. */
  end(result: RunResult, isWarmUp: boolean, serverTail: string): void;
  /** Leaves the terminal as it was. */
  stop(): void;
}

const RUN_CHARS = 9;
const SIDE_CHARS = 17;

export function createProgress(stream: NodeJS.WriteStream): Progress {
  const bar = stream.isTTY ? new SingleBar(barOptions(stream), Presets.shades_classic) : null;
  let label = '';
  return {
    scenario(name, description) {
      stream.write(`\n${name}: ${description}\n`);
    },
    absent(side, reason) {
      stream.write(`  ${'skipped'.padEnd(RUN_CHARS)} ${side.padEnd(SIDE_CHARS)} ${reason}\n`);
    },
    start(run, side) {
      label = `${run.padEnd(RUN_CHARS)} ${side.padEnd(SIDE_CHARS)}`;
      bar?.start(100, 0, { label });
    },
    update: (share) => bar?.update(Math.min(100, Math.floor(100 * share))),
    end(result, isWarmUp, serverTail) {
      bar?.stop();
      stream.write(`  ${label} ${outcome(result, isWarmUp, serverTail)}\n`);
    },
    stop: () => bar?.stop(),
  };
}

function barOptions(stream: NodeJS.WriteStream) {
  return { stream, format: '  {label} {bar} {percentage}%', hideCursor: true, clearOnComplete: true, barsize: 30 };
}

function outcome(result: RunResult, isWarmUp: boolean, serverTail: string): string {
  if (result.kind === 'disagreed') {
    const tail = serverTail === '' ? [] : ['the end of its log:', serverTail];
    return ['DISAGREED', ...result.disagreements, ...tail].join('\n    ');
  }
  return isWarmUp ? 'proven' : `proven, ${result.points.map(pointText).join('; ')}`;
}

function pointText({ at, figures }: Point): string {
  const perSecond = rateOf(figures);
  const { p99Ms } = figures;
  const parts = [
    ...(perSecond === undefined ? [] : [`${shortNumber(perSecond)}/s`]),
    ...(p99Ms === undefined ? [] : [`p99 ${shortNumber(p99Ms)} ms`]),
  ];
  // A figure of another kind, by its name.
  if (parts.length === 0)
    parts.push(
      ...Object.entries(figures)
        .slice(0, 1)
        .map(([name, value]) => `${name} ${shortNumber(value)}`),
    );
  return `${at === null ? '' : `${at.toLocaleString('en-US')}: `}${parts.join(', ')}`;
}
