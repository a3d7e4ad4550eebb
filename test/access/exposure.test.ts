import { describe, expect, it } from 'vitest';
import { isLoopback, requireGuardedHost } from '../../src/access/exposure.ts';

const closed = { isGuarded: false, isOpen: false };

describe('a host', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', 'localhost', 'LOCALHOST'])(
    '%s is for this machine only and needs no credentials',
    (host) => {
      expect(isLoopback(host)).toBe(true);
      expect(() => requireGuardedHost('HOST', host, closed)).not.toThrow();
    },
  );

  it.each([
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '128.0.0.1',
    '::2',
    'localhost.example.com',
    '127.0.0.1.nip.io',
    '::ffff:10.0.0.1',
  ])('%s is not, so it needs credentials or an explicit none', (host) => {
    expect(() => requireGuardedHost('HOST', host, closed)).toThrow(/API_KEYS_FILE.*\n.*\n.*\n.*AUTH=none/);
    expect(() => requireGuardedHost('HOST', host, { isGuarded: true, isOpen: false })).not.toThrow();
    expect(() => requireGuardedHost('HOST', host, { isGuarded: false, isOpen: true })).not.toThrow();
  });
});
