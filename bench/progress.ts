import { Presets, SingleBar } from 'cli-progress';
import type { RunResult } from './scenarios/scenario.ts';

/** Tells a person how far the bench is: by a bar on a terminal, and by a plain line after each run everywhere. */
export interface Progress {
  scenario(name: string, description: string): void;
  start(run: string, side: string, requests: number): void;
  readonly update: (answered: number) => void;
  /** `serverTail` is shown when the result disagreed. */
  end(result: RunResult, isWarmUp: boolean, serverTail: string): void;
  /** Leaves the terminal as it was. */
  stop(): void;
}

export function createProgress(stream: NodeJS.WriteStream): Progress {
  const bar = stream.isTTY ? new SingleBar(barOptions(stream), Presets.shades_classic) : null;
  let label = '';
  return {
    scenario(name, description) {
      stream.write(`\n${name}: ${description}\n`);
    },
    start(run, side, requests) {
      label = `${run.padEnd(9)} ${side.padEnd(14)}`;
      bar?.start(requests, 0, { label });
    },
    update: (answered) => bar?.update(answered),
    end(result, isWarmUp, serverTail) {
      bar?.stop();
      stream.write(`  ${label} ${outcome(result, isWarmUp, serverTail)}\n`);
    },
    stop: () => bar?.stop(),
  };
}

function barOptions(stream: NodeJS.WriteStream) {
  return { stream, format: '  {label} {bar} {value}/{total}', hideCursor: true, clearOnComplete: true, barsize: 30 };
}

function outcome(result: RunResult, isWarmUp: boolean, serverTail: string): string {
  if (result.kind === 'disagreed') {
    const tail = serverTail === '' ? [] : ['the end of its log:', serverTail];
    return ['DISAGREED', ...result.disagreements, ...tail].join('\n    ');
  }
  if (isWarmUp) return 'proven';
  const { wallMs, requestsPerSecond } = result.figures;
  return `proven, ${Math.round(wallMs)} ms, ${Math.round(requestsPerSecond)} requests/s`;
}
