import { createApiKey, digestOf } from '../../src/access/api-key.ts';
import type { ApiKeyRecord } from '../../src/access/api-key-records.ts';

/** A new key, and the record that accepts it. */
export function aKey(fields: Partial<ApiKeyRecord> = {}): { readonly key: string; readonly record: ApiKeyRecord } {
  const id = fields.id ?? 'k1';
  const key = createApiKey(id);
  const sha256 = digestOf(key).toString('hex');
  return { key, record: { id, caller: 'shop', sha256, scopes: ['balance:read', 'balance:write'], ...fields } };
}
