import { fileURLToPath } from 'node:url';
import { type ServerProcess, startServer } from '../child-processes.ts';
import type { Releases } from '../releases.ts';

/** Starts the program of a peer: bench/peers/<program>.ts. */
export function startPeer(
  program: string,
  environment: Readonly<Record<string, string>>,
  releases: Releases,
): Promise<ServerProcess> {
  const file = fileURLToPath(new URL(`../peers/${program}.ts`, import.meta.url));
  return startServer({ name: program, file, environment }, releases);
}
