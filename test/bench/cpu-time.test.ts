import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { childrenCpuMs, parseStat } from '../../bench/cpu-time.ts';

const times = '0 -1 4194304 100 0 5 0 250 50 7 8 20 0 11 0 12345 1000 200';

describe('the processor time of a process', () => {
  it('is what it used itself, in its own code and in the kernel', () => {
    expect(parseStat(`42 (node) S 7 42 42 ${times}`)).toEqual({ pid: 42, parentPid: 7, cpuMs: 3000 });
  });

  it('is found behind a name with blanks and brackets', () => {
    expect(parseStat(`42 (my) (node S 1) S 7 42 42 ${times}`)).toMatchObject({ parentPid: 7, cpuMs: 3000 });
  });

  it('is not made up', () => {
    expect(parseStat('')).toBeNull();
  });

  it('is unknown of a process without children', async () => {
    expect(await childrenCpuMs(2 ** 30)).toBeNull();
  });

  it.runIf(process.platform === 'linux')('of children is that of those who run now', async () => {
    const busy = 'const end = Date.now() + 300; while (Date.now() < end); console.log(process.cpuUsage().user)';
    const child = spawn(process.execPath, ['-e', `${busy}; setInterval(() => {}, 1000)`]);
    const before = (await childrenCpuMs(process.pid)) ?? 0;
    const [output] = (await once(child.stdout, 'data')) as [Buffer];
    const after = (await childrenCpuMs(process.pid)) ?? 0;
    child.kill();
    await once(child, 'exit');
    const usedMs = Number(output.toString()) / 1000;
    // Counted in hundredths of a second; what starting took may be in either look.
    expect(after - before).toBeGreaterThan(usedMs / 2);
    expect(after - before).toBeLessThan(3 * usedMs + 100);
  });
});
