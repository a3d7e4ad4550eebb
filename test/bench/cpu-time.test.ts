import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { parseStat, processCpuMs, serverCpuMs } from '../../bench/cpu-time.ts';

const times = '0 -1 4194304 100 0 5 0 250 50 7 8 20 0 11 0 12345 1000 200';

const BURNT_MS = 200;
const burnWhenTold = `const usedUs = () => { const { user, system } = process.cpuUsage(); return user + system; };
process.stdin.once('data', () => {
  const endUs = usedUs() + ${BURNT_MS * 1000};
  while (usedUs() < endUs) for (let i = 0; i < 1e5; i += 1) Math.sqrt(i);
  console.log('burnt');
  setInterval(() => {}, 1000);
});
console.log('ready');`;

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

  it('is unknown of one that does not run', async () => {
    expect(await processCpuMs(2 ** 30)).toBeNull();
    expect(await serverCpuMs(2 ** 30)).toBeNaN();
  });

  it.runIf(process.platform === 'linux')('of this one is what it has used so far', async () => {
    const { user, system } = process.cpuUsage();
    const usedMs = (user + system) / 1000;
    expect(Math.abs(((await processCpuMs(process.pid)) ?? 0) - usedMs)).toBeLessThan(200);
  });

  it.runIf(process.platform === 'linux')('of a server is that of its children too', async () => {
    const child = spawn(process.execPath, ['-e', burnWhenTold]);
    await once(child.stdout, 'data');
    const before = await serverCpuMs(process.pid);
    child.stdin.write('go');
    await once(child.stdout, 'data');
    const after = await serverCpuMs(process.pid);
    child.kill();
    await once(child, 'exit');
    // Counted in hundredths of a second, rounded down for each part.
    expect(after - before).toBeGreaterThan(BURNT_MS - 40);
    expect(after - before).toBeLessThan(5 * BURNT_MS);
  });
});
