import { Releases } from './releases.ts';

export interface Command<Options> {
  readonly usage: string;
  /** Null when help is asked for. Throws for what it cannot take. */
  readonly read: () => Options | null;
  readonly measure: (options: Options, releases: Releases) => Promise<void>;
}

/**
 * Runs a measurement that is a program of its own. What it holds is released however it ends. It exits with 1 when it
 * fails, with 2 when its options are wrong, and says why in a line.
 */
export async function runCommand<Options>({ usage, read, measure }: Command<Options>): Promise<void> {
  const releases = new Releases();
  let isInterrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      isInterrupted = true;
      void releases.run().then(() => process.exit(130));
    });
  }
  let options: Options | null;
  try {
    options = read();
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  if (options === null) {
    process.stdout.write(usage);
    return;
  }
  try {
    await measure(options, releases);
  } catch (error) {
    // Once interrupted, whatever fails fails because it is being stopped.
    if (isInterrupted) return;
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  } finally {
    await releases.run();
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
