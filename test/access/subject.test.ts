import { describe, expect, it } from 'vitest';
import { networkOf, subjectOfAddress, subjectOfCaller } from '../../src/access/subject.ts';

describe('who is counted', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::', 'fe80:0:0:0'],
  ])('of the address %s is its network %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it('are at most 65,536 groups of addresses, however many addresses there are', () => {
    const groups = new Set<string>();
    for (let i = 0; i < 100_000; i += 1)
      groups.add(subjectOfAddress(`2001:db8:${i >> 16}:${(i & 0xffff).toString(16)}::1`, 's'));
    expect(groups.size).toBeLessThanOrEqual(65_536);
    expect(groups.size).toBeGreaterThan(45_000);
  });

  it('is the same for all addresses of one network, and another under another salt', () => {
    expect(subjectOfAddress('2001:db8::1', 's')).toBe(subjectOfAddress('2001:db8::2', 's'));
    expect(subjectOfAddress('192.0.2.7', 's')).not.toBe(subjectOfAddress('192.0.2.7', 't'));
  });

  it('is never the same for a caller and an address', () => {
    expect(subjectOfCaller('address 5')).not.toMatch(/^address /);
  });
});
