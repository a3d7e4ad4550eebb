import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig, SETTING_NAMES } from '../../src/config.ts';

describe('the settings', () => {
  it('have a default each, and take an empty value for an absent one', () => {
    expect(parseConfig({ PORT: '', DATABASE_URL: '' })).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      databaseUrl: undefined,
      dataDir: '.data',
      connectionsMax: 20_000,
      requestTimeoutMs: 5000,
      pendingPerUserMax: 16_384,
      access: { isOpen: false, apiKeysFile: undefined, apiKeys: undefined, jwt: null, rateLimit: null },
      adminHost: '127.0.0.1',
      adminPort: 3001,
      verifyIntervalMs: 60_000,
      verifySampleUsers: 100,
    });
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', '3e3'],
    ['PORT', ' 80'],
    ['WORKERS', '0'],
    ['WORKERS', '1.5'],
    ['MAX_PENDING_PER_USER', '100'],
    ['DATABASE_URL', 'mysql://localhost/x'],
    ['LOG_LEVEL', 'loud'],
    ['AUTH', 'off'],
    ['JWT_JWKS_URL', 'http://issuer.example.com/jwks.json'],
    ['JWT_JWKS_URL', 'http://localhost.example.com/jwks.json'],
    ['JWT_ALGORITHMS', 'none'],
    ['JWT_ALGORITHMS', 'RS256,HS256'],
    ['RATE_LIMIT', '0'],
    ['RATE_LIMIT_WINDOW_S', '61'],
    ['ADMIN_PORT', 'on'],
    ['ADMIN_PORT', '65536'],
    ['VERIFY_INTERVAL_S', '-1'],
    ['VERIFY_SAMPLE_USERS', '0'],
  ])('%s=%s is refused by name', (name, value) => {
    expect(() => parseConfig({ [name]: value })).toThrow(ConfigError);
    expect(() => parseConfig({ [name]: value })).toThrow(name);
  });

  const tokens = { JWT_ISSUER: 'https://issuer.test', JWT_AUDIENCE: 'balances' };

  it('tell how tokens are recognised, with signatures that are safe to accept by default', () => {
    const url = 'https://issuer.test/jwks.json';
    expect(parseConfig({ ...tokens, JWT_JWKS_URL: url }).access.jwt).toEqual({
      issuer: 'https://issuer.test',
      audience: 'balances',
      algorithms: ['RS256', 'ES256', 'EdDSA'],
      keys: { kind: 'jwks', url },
    });
    const fromFile = parseConfig({ ...tokens, JWT_PUBLIC_KEY_FILE: 'key.pem', JWT_ALGORITHMS: 'PS256, ES384' });
    expect(fromFile.access.jwt).toMatchObject({
      algorithms: ['PS256', 'ES384'],
      keys: { kind: 'file', path: 'key.pem' },
    });
  });

  it('limit the rate for one second unless they say otherwise', () => {
    expect(parseConfig({ RATE_LIMIT: '50' }).access.rateLimit).toEqual({ requests: 50, windowS: 1 });
    expect(parseConfig({ RATE_LIMIT: '50', RATE_LIMIT_WINDOW_S: '10' }).access.rateLimit?.windowS).toBe(10);
  });

  it.each([
    ['JWT_JWKS_URL', tokens],
    ['JWT_JWKS_URL', { ...tokens, JWT_JWKS_URL: 'https://issuer.test/jwks.json', JWT_PUBLIC_KEY_FILE: 'key.pem' }],
    ['JWT_AUDIENCE', { JWT_ISSUER: 'https://issuer.test', JWT_PUBLIC_KEY_FILE: 'key.pem' }],
    ['JWT_ISSUER', { JWT_AUDIENCE: 'balances', JWT_PUBLIC_KEY_FILE: 'key.pem' }],
    ['AUTH', { AUTH: 'none', API_KEYS: '[]' }],
    ['AUTH', { AUTH: 'none', API_KEYS_FILE: 'keys.json' }],
  ])('that contradict or lack each other are refused by the name %s', (name, given) => {
    expect(() => parseConfig(given)).toThrow(ConfigError);
    expect(() => parseConfig(given)).toThrow(`  ${name}: `);
  });

  it('ADMIN_PORT=off is no listener, and VERIFY_INTERVAL_S=0 no check', () => {
    expect(parseConfig({ ADMIN_PORT: 'off', VERIFY_INTERVAL_S: '0' })).toMatchObject({
      adminPort: null,
      verifyIntervalMs: 0,
    });
  });

  it('name every wrong one at once', () => {
    expect(() => parseConfig({ PORT: 'x', WORKERS: 'y' })).toThrow(/PORT.*\n.*WORKERS/);
  });

  it.each(SETTING_NAMES)('%s is explained in .env.example and in docs/settings.md', (name) => {
    const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    expect(read('.env.example')).toMatch(new RegExp(`^# ${name}=`, 'm'));
    expect(read('docs/settings.md')).toContain(`| \`${name}\``);
  });
});
