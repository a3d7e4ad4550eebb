import { describe, expect, it } from 'vitest';
import { parseReport } from '../../bench/pgbench/report.ts';

const version15 = `pgbench (15.18 (Debian 15.18-0+deb12u1), server 18.4)
transaction type: -
scaling factor: 1
query mode: prepared
number of clients: 10
number of threads: 2
maximum number of tries: 1
duration: 2 s
number of transactions actually processed: 2913
number of failed transactions: 0 (0.000%)
latency average = 6.834 ms
initial connection time = 25.441 ms
tps = 1463.272051 (without initial connection time)
`;
const version12 = `transaction type: -
number of transactions actually processed: 120
latency average = 0.612 ms
tps = 1600.5 (including connections establishing)
tps = 1633.9 (excluding connections establishing)
`;

describe('the report of pgbench', () => {
  it('is read', () => {
    expect(parseReport(version15)).toEqual({
      transactions: 2913,
      failed: 0,
      perSecond: 1463.272051,
      averageMs: 6.834,
    });
  });

  it('is read without the time for connecting where an older one tells both', () => {
    expect(parseReport(version12)).toEqual({ transactions: 120, failed: 0, perSecond: 1633.9, averageMs: 0.612 });
  });

  it('tells of failed transactions', () => {
    expect(parseReport(version15.replace('failed transactions: 0', 'failed transactions: 7')).failed).toBe(7);
  });

  it('has no rate but 0 when its time was up before the first commit', () => {
    const report = 'number of transactions actually processed: 0\nnumber of failed transactions: 0 (NaN%)\n';
    expect(parseReport(report)).toMatchObject({ transactions: 0, failed: 0, perSecond: 0 });
  });

  it.each([
    ['number of transactions actually processed: 2913\n'],
    ['latency average = 6.834 ms\n'],
    ['tps = 1463.272051 (without initial connection time)\n'],
  ])('is not made up when %j is missing', (line) => {
    expect(() => parseReport(version15.replace(line, ''))).toThrow('could not be read');
  });
});
