import { Presets, SingleBar } from 'cli-progress';

/** Tells how far a run is: by a bar on a terminal; elsewhere only what was broken is written. */
export interface Progress {
  next(label: string): void;
  /** `text` is kept above the bar. */
  done(count: number, text: string): void;
  /** Leaves the terminal as it was. */
  stop(): void;
}

export function createProgress(stream: NodeJS.WriteStream, total: number): Progress {
  const options = { stream, format: '  {bar} {value}/{total} {label}', hideCursor: true, clearOnComplete: true };
  const bar = stream.isTTY ? new SingleBar({ ...options, barsize: 30 }, Presets.shades_classic) : null;
  let count = 0;
  const start = (label: string) => bar?.start(total, count, { label });
  start('');
  return {
    next: (label) => bar?.update(count, { label }),
    done(nowDone, text) {
      count = nowDone;
      if (text === '') return bar?.update(count);
      bar?.stop();
      stream.write(text);
      start('');
    },
    stop: () => bar?.stop(),
  };
}
