import { Agent } from 'node:http';
import { sendWish } from './load.ts';
import type { Records } from './records.ts';
import { pause } from './wait.ts';

const SEND_EVERY_MS = 40;

export interface ProbeOptions {
  readonly url: () => string;
  /** One user for each slot that is waited for. */
  readonly users: readonly number[];
  readonly records: Records;
  readonly giveUpMs: number;
  readonly withinMs: number;
}

/**
 * How long it takes, from now, until changes of all these users succeed again, in ms; Infinity when they do not in time.
 * A new call sets out again and again, each on a connection of its own: one that hangs holds back none.
 */
export async function timeToGoodAnswers(options: ProbeOptions): Promise<number> {
  const times = await Promise.all(options.users.map((userId) => timeToGoodAnswer(userId, options)));
  return Math.max(0, ...times);
}

async function timeToGoodAnswer(userId: number, options: ProbeOptions): Promise<number> {
  const { records, withinMs } = options;
  const startedMs = performance.now();
  const agent = new Agent({ keepAlive: false });
  const open: Promise<void>[] = [];
  let goodMs = Number.POSITIVE_INFINITY;
  while (goodMs === Number.POSITIVE_INFINITY && performance.now() - startedMs < withinMs) {
    const wish = {
      operation: records.nextOperation('probe'),
      userId,
      amount: records.nextAmount(userId, false),
      key: undefined,
    };
    const sent = sendWish(wish, { ...options, url: options.url(), agent, byPath: true }).then(({ call }) => {
      if (call.result.kind === 'done') goodMs = Math.min(goodMs, call.completedMs - startedMs);
    });
    open.push(sent);
    await Promise.race([sent, pause(SEND_EVERY_MS)]);
    // An answer that comes at once and is not good must not turn this into a storm.
    if (goodMs === Number.POSITIVE_INFINITY) await pause(SEND_EVERY_MS / 4);
  }
  await Promise.all(open);
  return goodMs;
}
