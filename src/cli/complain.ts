import { EXIT } from './exit-codes.ts';

/** Says on standard error why a command could not do its work, and resolves with the exit code. */
export async function complain(error: unknown): Promise<number> {
  process.stderr.write(`${messageOf(error)}\n`);
  // Loaded only now, since a command that succeeds may do without them.
  const [{ CommandError }, { ConfigError }, { DatabaseUnreachableError }] = await Promise.all([
    import('./answer.ts'),
    import('../config.ts'),
    import('../store/connect-client.ts'),
  ]);
  if (error instanceof CommandError) return error.exitCode;
  if (error instanceof ConfigError) return EXIT.usage;
  return error instanceof DatabaseUnreachableError ? EXIT.unreachable : EXIT.failed;
}

/** The answer is there, but nobody can read it. */
export async function complainOfOutput(error: unknown): Promise<number> {
  process.stderr.write(`The output could not be written: ${messageOf(error)}\n`);
  return EXIT.unreachable;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
