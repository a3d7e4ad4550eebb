import { BlockList, isIP } from 'node:net';
import { AccessError } from './api-key-records.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** True for an address that only this machine reaches. A name other than localhost can mean anything. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host.toLowerCase() === 'localhost';
  return loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/** True where only callers on this machine are meant: something in front, which AUTH=none tells of, has other names. */
export const isLocalOnly = (host: string, access: { readonly isOpen: boolean }): boolean =>
  isLoopback(host) && !access.isOpen;

/** Throws AccessError where whoever reaches the port could do anything and nobody has said that this is meant so. */
export function requireGuardedHost(
  setting: 'HOST' | 'ADMIN_HOST',
  host: string,
  access: { readonly isGuarded: boolean; readonly isOpen: boolean },
): void {
  if (access.isGuarded || access.isOpen || isLoopback(host)) return;
  throw new AccessError(
    [
      `Cannot start: ${setting}=${host} can be reached from other machines, and no authentication is configured.`,
      '  Either set API_KEYS_FILE (make a key: user-balance keys create --caller NAME --file PATH),',
      '  or set JWT_ISSUER, JWT_AUDIENCE and JWT_JWKS_URL,',
      `  or set ${setting}=127.0.0.1,`,
      '  or set AUTH=none if something in front decides who may do what.',
    ].join('\n'),
  );
}
