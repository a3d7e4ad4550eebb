import type { ChildProcess, ForkOptions } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startNode } from './child-processes.ts';
import type { HelperMessage } from './helper-protocol.ts';
import type { Releases } from './releases.ts';

const DONE_WITHIN_MS = 600_000;
const START_WITHIN_MS = 30_000;

/** A process of the bench that carries out orders, one at a time. Throws when the helper itself fails. */
export interface HelperProcess<Order, Result> {
  order(order: Order, onProgress: (share: number) => void): Promise<Result>;
}

/** Starts `file`, named from this folder, which calls `carryOutOrders`. It serves until `releases`. `flags` are for V8. */
export async function startHelper<Order extends object, Result>(
  file: string,
  releases: Releases,
  flags: readonly string[] = [],
): Promise<HelperProcess<Order, Result>> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  // Structured clones carry arrays of numbers as they are.
  const options: ForkOptions = { serialization: 'advanced', execArgv: [...process.execArgv, ...flags] };
  const { child, exited } = startNode(path, [], options, releases);
  const hear = <T>(withinMs: number, take: (message: HelperMessage<Result>) => T | undefined) =>
    firstOf({ file, child, exited, withinMs, take });
  await hear(START_WITHIN_MS, ({ kind }) => (kind === 'ready' ? true : undefined));
  return {
    order(order, onProgress) {
      const answer = hear(DONE_WITHIN_MS, (message) => {
        if (message.kind === 'progress') onProgress(message.share);
        return message.kind === 'result' ? message.result : undefined;
      });
      child.send(order);
      return answer;
    },
  };
}

interface Hearing<Result, T> {
  readonly file: string;
  readonly child: ChildProcess;
  readonly exited: Promise<string>;
  readonly withinMs: number;
  readonly take: (message: HelperMessage<Result>) => T | undefined;
}

/** Resolves with the first answer that `take` finds in a message. */
function firstOf<Result, T>({ file, child, exited, withinMs, take }: Hearing<Result, T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      child.off('message', onMessage);
    };
    const fail = (reason: string) => {
      end();
      reject(new Error(`${file} failed: ${reason}`));
    };
    const onMessage = (message: HelperMessage<Result>) => {
      if (message.kind === 'failed') return fail(message.reason);
      const answer = take(message);
      if (answer === undefined) return;
      end();
      resolve(answer);
    };
    const timer = setTimeout(() => fail(`no result after ${withinMs / 1000} s`), withinMs);
    child.on('message', onMessage);
    void exited.then(fail);
  });
}
