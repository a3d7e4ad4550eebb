import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What Linux tells of processes; elsewhere nothing is known, and the faults that need it are unavailable. */
export const isProcKnown = process.platform === 'linux';

/** True for a process that runs or is stopped; a zombie has ended. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return stateOf(pid) !== 'Z';
}

function stateOf(pid: number): string {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}

export function childrenOf(pid: number): readonly number[] {
  return readOrEmpty(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
}

/** The ports at the other end of the connections to `port` that a process has accepted. */
export function callerPortsOf(pid: number, port: number): ReadonlySet<number> {
  const inodes = new Set(socketInodesOf(pid));
  const callers = new Set<number>();
  for (const line of readOrEmpty('/proc/net/tcp').split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const [local, remote, inode] = [fields[1], fields[2], fields[9]];
    if (local === undefined || remote === undefined || inode === undefined) continue;
    if (portIn(local) === port && inodes.has(inode)) callers.add(portIn(remote));
  }
  return callers;
}

const portIn = (address: string): number => Number.parseInt(address.slice(address.indexOf(':') + 1), 16);

function socketInodesOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).flatMap((name) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${name}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Sends a signal to a process that may just have ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
