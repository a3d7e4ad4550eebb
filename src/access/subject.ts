import { isIPv6 } from 'node:net';
import { digestOf } from './api-key.ts';

const IPV4_IN_IPV6 = '::ffff:';
const NETWORK_GROUPS = 4;

/** The group of callers without a name that an address belongs to: so many there are, however many addresses there are. */
const GROUPS = 65_536;

/** The first 64 bits of an IPv6 address: that much belongs to one subscriber, who may use every address in it. */
export function networkOf(address: string): string {
  const plain = address.startsWith(IPV4_IN_IPV6) ? address.slice(IPV4_IN_IPV6.length) : address;
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const between = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(between).fill('0'), ...after].slice(0, NETWORK_GROUPS).join(':');
}

/** Who is counted: the caller. */
export const subjectOfCaller = (name: string): string => `caller ${name}`;

/**
 * Who is counted when nobody is known: the address, as one of a bounded number of groups, so that whoever has many
 * addresses cannot fill the memory. `salt` is the same for all workers and not known outside, so that nobody can pick
 * an address from the group of somebody else.
 */
export function subjectOfAddress(address: string, salt: string): string {
  return `address ${digestOf(`${salt} ${networkOf(address)}`).readUInt32BE(0) % GROUPS}`;
}
