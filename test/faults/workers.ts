import { callerPortsOf, signal } from './processes.ts';
import type { Recorded } from './records.ts';
import { pause } from './wait.ts';
import type { World } from './world.ts';

/** Kills the owner of a slot. Nobody but its own callers may notice. */
export function killWorker(world: World, slot: number): void {
  const pid = world.cluster.ownerOf(slot);
  // Stopped first: between the look at its callers and its death it takes on no other.
  signal(pid, 'SIGSTOP');
  const ports = noteForsaken(world, pid);
  world.spare(({ localPort }) => !ports.has(localPort), 'only callers of the killed worker may see an error');
  signal(pid, 'SIGKILL');
  world.wound([slot]);
}

/**
 * Stops the owner of a slot. Calls to other workers for users of other slots must go well. Returns what to call to let
 * it go on after a while.
 */
export function forsake(world: World, slot: number): (afterMs: number) => Promise<void> {
  const pid = world.cluster.ownerOf(slot);
  signal(pid, 'SIGSTOP');
  const ports = noteForsaken(world, pid);
  const isElsewhere = ({ localPort, userId }: Recorded) => !ports.has(localPort) && world.slotOf(userId) !== slot;
  world.spare(isElsewhere, 'the other workers go on');
  return async (afterMs) => {
    await pause(afterMs);
    signal(pid, 'SIGCONT');
  };
}

function noteForsaken(world: World, pid: number): ReadonlySet<number> {
  const ports = callerPortsOf(pid, world.cluster.port);
  for (const port of ports) world.trial.forsakenPorts.add(port);
  return ports;
}
