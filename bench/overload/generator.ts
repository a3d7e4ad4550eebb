import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadPlan, LoadReport } from './load-source.ts';

const file = fileURLToPath(new URL('./load-process.ts', import.meta.url));

/** Sends the load of one plan from a process of its own, which ends with it. `flags` are for V8. */
export async function generate(plan: LoadPlan, flags: readonly string[] = []): Promise<LoadReport> {
  const child = fork(file, [], {
    execArgv: [...flags, '--import', 'tsx'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const exited = once(child, 'exit').then(([code]) => {
    throw new Error(`The load generator ended by itself (${code}).`);
  });
  try {
    const reported = once(child, 'message').then(([report]) => report as LoadReport);
    child.send(plan);
    return await Promise.race([reported, exited]);
  } finally {
    exited.catch(() => undefined);
    child.kill();
  }
}
