import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startNode } from './child-processes.ts';
import type { LoadMessage, LoadOrder, LoadResult } from './load-protocol.ts';
import type { Releases } from './releases.ts';

const RUN_WITHIN_MS = 600_000;
const START_WITHIN_MS = 30_000;

/** Sends load, one order at a time. */
export interface LoadGenerator {
  /** Throws when the generator itself fails; what a side does wrong is in the result. */
  fire(order: LoadOrder, onProgress: (answered: number) => void): Promise<LoadResult>;
}

/** Starts the generator's process, which serves all runs: so it is equally warm for every side. */
export async function startLoadGenerator(releases: Releases): Promise<LoadGenerator> {
  const file = fileURLToPath(new URL('./load-process.ts', import.meta.url));
  const { child, exited } = startNode(file, [], {}, releases);
  await conversation(child, exited, START_WITHIN_MS, (message) => (message.kind === 'ready' ? true : undefined));
  return {
    fire(order, onProgress) {
      const answer = conversation(child, exited, RUN_WITHIN_MS, (message) => {
        if (message.kind === 'progress') onProgress(message.answered);
        return message.kind === 'result' ? message.result : undefined;
      });
      child.send(order);
      return answer;
    },
  };
}

/** Resolves with the first answer that `take` finds in a message. */
function conversation<T>(
  child: ChildProcess,
  exited: Promise<string>,
  withinMs: number,
  take: (message: LoadMessage) => T | undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      child.off('message', onMessage);
    };
    const fail = (reason: string) => {
      end();
      reject(new Error(`The load generator failed: ${reason}`));
    };
    const onMessage = (message: LoadMessage) => {
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
