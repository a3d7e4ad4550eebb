import { Presets, SingleBar } from 'cli-progress';
import type { VerifyCounts } from './verify-ledger.ts';

/** A bar on a terminal; nothing anywhere else. */
export interface VerifyProgress {
  /** `users` is how many are expected; more may come. */
  start(users: number): void;
  readonly update: (done: VerifyCounts) => void;
  /** Leaves the terminal as it was. */
  stop(): void;
}

const FORMAT = '{bar} {percentage}% | {users} users, {entries} entries | {rate} users/s | {eta_formatted} left';

export function createProgress(stream: NodeJS.WriteStream): VerifyProgress {
  if (!stream.isTTY) return { start: () => undefined, update: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
    { stream, format: FORMAT, hideCursor: true, clearOnComplete: true, barsize: 30, etaBuffer: 50 },
    Presets.shades_classic,
  );
  let startedMs = 0;
  return {
    start(users) {
      startedMs = performance.now();
      bar.start(Math.max(1, users), 0, { users: 0, entries: 0, rate: 0 });
    },
    update({ users, entries }) {
      if (users > bar.getTotal()) bar.setTotal(users);
      const seconds = Math.max(0.001, (performance.now() - startedMs) / 1000);
      bar.update(users, { users, entries, rate: Math.round(users / seconds) });
    },
    stop: () => bar.stop(),
  };
}
