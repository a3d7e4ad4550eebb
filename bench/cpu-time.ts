import { readdir, readFile } from 'node:fs/promises';

/** Linux reports processor time in hundredths of a second, whatever its own clock does. */
const TICK_MS = 10;

interface ProcessTimes {
  readonly pid: number;
  readonly parentPid: number;
  readonly cpuMs: number;
}

/** Reads a line of /proc/<pid>/stat; null when it is not one. The name in brackets may itself have blanks and brackets. */
export function parseStat(line: string): ProcessTimes | null {
  const match = /^(\d+) \(.*\) \S (\d+) (?:\S+ ){9}(\d+) (\d+) /s.exec(line);
  if (match === null) return null;
  const [pid, parentPid, userTicks, systemTicks] = match.slice(1).map(Number) as [number, number, number, number];
  return { pid, parentPid, cpuMs: (userTicks + systemTicks) * TICK_MS };
}

/** Processor time that a process has used since it began; null where /proc does not tell. */
export async function processCpuMs(pid: number): Promise<number | null> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return parseStat(line)?.cpuMs ?? null;
}

/** Processor time that a server and its children have used since they began; NaN where /proc does not tell. */
export async function serverCpuMs(pid: number): Promise<number> {
  const names = await readdir('/proc').catch(() => []);
  const lines = await Promise.all(
    // A process may end while it is looked at.
    names.filter((name) => /^\d+$/.test(name)).map((name) => readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')),
  );
  const family = lines.map(parseStat).filter((times) => times?.pid === pid || times?.parentPid === pid);
  return family.length === 0 ? Number.NaN : family.reduce((sum, times) => sum + (times?.cpuMs ?? 0), 0);
}
