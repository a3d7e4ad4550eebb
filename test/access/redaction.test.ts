import { expect, it } from 'vitest';
import { withoutSecrets } from '../../src/access/redaction.ts';
import { aKey } from './keys.ts';

it('a path in a log line keeps its sense and loses its query, keys and tokens, and its excess', () => {
  const { key } = aKey();
  expect(withoutSecrets('/api/users/9007199254740991/balance')).toBe('/api/users/9007199254740991/balance');
  expect(withoutSecrets(`/api/users/7/entries?access_token=${key}`)).toBe('/api/users/7/entries');
  expect(withoutSecrets(`/api/users/${key}/balance`)).toBe('/api/users/[redacted]/balance');
  expect(withoutSecrets('/a/b'.repeat(1000))).toHaveLength(200);
});
