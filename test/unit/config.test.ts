import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config.ts';

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
  ])('%s=%s is refused by name', (name, value) => {
    expect(() => parseConfig({ [name]: value })).toThrow(ConfigError);
    expect(() => parseConfig({ [name]: value })).toThrow(name);
  });

  it('name every wrong one at once', () => {
    expect(() => parseConfig({ PORT: 'x', WORKERS: 'y' })).toThrow(/PORT.*\n.*WORKERS/);
  });
});
