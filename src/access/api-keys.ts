import { timingSafeEqual } from 'node:crypto';
import { apiKeyIdOf, digestOf } from './api-key.ts';
import type { ApiKeyRecord } from './api-key-records.ts';
import type { Caller, Identification } from './caller.ts';

interface KnownKey {
  readonly digest: Buffer;
  /** Wall-clock ms since 1970; infinite for a key that does not expire. */
  readonly expiresAtMs: number;
  readonly caller: Caller;
}

/** Compared with where there is no such key, so that the time taken does not tell which ids exist. */
const NO_DIGEST = Buffer.alloc(32);

const unknownKey: Identification = { kind: 'doubtful', reason: 'unknown_key' };

/** The API keys that are accepted. Several may belong to one caller: that is how a key is replaced by the next. */
export class ApiKeys {
  readonly #byId: ReadonlyMap<string, KnownKey>;

  constructor(records: readonly ApiKeyRecord[]) {
    this.#byId = new Map(records.map((record) => [record.id, knownKeyOf(record)]));
  }

  /** Whose key `text` is. `nowMs`: wall-clock ms since 1970. */
  identify(text: string, nowMs: number): Identification {
    const id = apiKeyIdOf(text);
    const known = id === null ? undefined : this.#byId.get(id);
    const isEqual = timingSafeEqual(digestOf(text), known?.digest ?? NO_DIGEST);
    if (known === undefined) return unknownKey;
    const { caller, expiresAtMs } = known;
    if (isEqual && nowMs < expiresAtMs) return { kind: 'caller', caller };
    const reason = isEqual ? 'expired_key' : 'wrong_secret';
    return { kind: 'doubtful', reason, keyId: id as string, caller: caller.name };
  }
}

function knownKeyOf({ id, caller, sha256, scopes, expiresAt }: ApiKeyRecord): KnownKey {
  return {
    digest: Buffer.from(sha256, 'hex'),
    expiresAtMs: expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt),
    caller: { name: caller, scopes: new Set(scopes), keyId: id },
  };
}
