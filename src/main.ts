#!/usr/bin/env node
import cluster from 'node:cluster';

/** Resolves with the exit code; a service that has begun to start goes on. */
async function main(args: readonly string[]): Promise<number> {
  if (args.length > 1 || (args[0] ?? 'serve') !== 'serve') {
    return (await import('./cli/command-line.ts')).runCommandLine(args);
  }
  // A start is waited for: without options it does without what reads them, which takes 25 ms to load.
  try {
    await (await import('./cli/serve-command.ts')).startService({});
    return 0;
  } catch (error) {
    return (await import('./cli/complain.ts')).complain(error);
  }
}

// Each role loads its own modules only: a worker that takes over is waited for.
if (cluster.isPrimary) process.exitCode = await main(process.argv.slice(2));
else await (await import('./cluster/worker.ts')).runWorker();
