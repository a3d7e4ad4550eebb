import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { apiKeyIdOf, createApiKey } from '../../src/access/api-key.ts';
import { ApiKeys } from '../../src/access/api-keys.ts';
import { aKey } from './keys.ts';

const NOW_MS = Date.parse('2026-06-01T00:00:00Z');

describe('an API key', () => {
  it('names its id and carries 256 random bits', () => {
    const keys = Array.from({ length: 1000 }, () => createApiKey('till-7'));
    expect(new Set(keys).size).toBe(1000);
    for (const key of keys) {
      expect(key).toMatch(/^hub_till-7_[A-Za-z0-9_-]{43}$/);
      expect(apiKeyIdOf(key)).toBe('till-7');
    }
    expect(Buffer.from((keys[0] as string).slice('hub_till-7_'.length), 'base64url')).toHaveLength(32);
  });

  it('is kept as the SHA-256 that any tool makes of its text', () => {
    const { key, record } = aKey();
    expect(record.sha256).toBe(createHash('sha256').update(key).digest('hex'));
  });

  it.each([
    '',
    'hub_',
    'hub_a_short',
    `hub__${'x'.repeat(43)}`,
    `hub_a_${'x'.repeat(44)}`,
    `hub_a b_${'x'.repeat(43)}`,
  ])('is not %j', (text) => {
    expect(apiKeyIdOf(text)).toBeNull();
    expect(new ApiKeys([aKey({ id: 'a' }).record]).identify(text, NOW_MS)).toEqual({
      kind: 'doubtful',
      reason: 'unknown_key',
    });
  });
});

describe('the accepted keys', () => {
  it('tell the caller of a key and what it may do', () => {
    const { key, record } = aKey({ scopes: ['balance:read'] });
    const caller = { name: 'shop', scopes: new Set(['balance:read']), keyId: 'k1' };
    expect(new ApiKeys([record]).identify(key, NOW_MS)).toEqual({ kind: 'caller', caller });
  });

  it('may be several of one caller', () => {
    const [old, next] = [aKey({ id: 'old' }), aKey({ id: 'next' })];
    const keys = new ApiKeys([old.record, next.record]);
    for (const { key } of [old, next]) expect(keys.identify(key, NOW_MS)).toMatchObject({ caller: { name: 'shop' } });
  });

  it('refuse a key of another secret, one character included, and name only what they know', () => {
    const { key, record } = aKey();
    const keys = new ApiKeys([record]);
    const wrong = { kind: 'doubtful', reason: 'wrong_secret', keyId: 'k1', caller: 'shop' };
    expect(keys.identify(createApiKey('k1'), NOW_MS)).toEqual(wrong);
    const last = key.at(-1) === 'A' ? 'B' : 'A';
    expect(keys.identify(key.slice(0, -1) + last, NOW_MS)).toEqual(wrong);
    expect(keys.identify(createApiKey('k2'), NOW_MS)).toEqual({ kind: 'doubtful', reason: 'unknown_key' });
  });

  it('refuse a key from its expiry on', () => {
    const { key, record } = aKey({ expiresAt: '2026-06-01T02:00:00+02:00' });
    const keys = new ApiKeys([record]);
    expect(keys.identify(key, NOW_MS - 1).kind).toBe('caller');
    expect(keys.identify(key, NOW_MS)).toMatchObject({ kind: 'doubtful', reason: 'expired_key' });
  });
});
