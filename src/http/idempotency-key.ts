import type { Defect } from './body-scanner.ts';

export const KEY_LENGTH_MAX = 255;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Stands in no key and in no caller's name, so no two pairs of them give one text. */
const SEPARATOR = '\u001f';

const defect: Defect = {
  kind: 'defect',
  detail: `The Idempotency-Key must be 1 to ${KEY_LENGTH_MAX} printable ASCII characters, bare or as one quoted string.`,
};

/**
 * The key in a header value: the value itself, or the content of an RFC 8941 string, so that `"abc"` and `abc` are the
 * same key. Null without a header.
 */
export function parseIdempotencyKey(value: string | undefined): string | null | Defect {
  if (value === undefined) return null;
  const key = value.charCodeAt(0) === QUOTE ? unquote(value) : value;
  if (key === null || key.length === 0 || key.length > KEY_LENGTH_MAX || !isPrintableAscii(key)) return defect;
  return key;
}

/** The text under which the ledger knows a caller's key: two callers may use one key without meeting. */
export function keyOfCaller(caller: string | null, key: string): string {
  return caller === null ? key : `${caller}${SEPARATOR}${key}`;
}

/** The content of a quoted string, which may escape only `"` and `\`; null when it is malformed. */
function unquote(value: string): string | null {
  const end = value.length - 1;
  let content = '';
  for (let i = 1; i < end; i += 1) {
    let code = value.charCodeAt(i);
    if (code === QUOTE) return null;
    if (code === BACKSLASH) {
      i += 1;
      code = value.charCodeAt(i);
      if (i === end || (code !== QUOTE && code !== BACKSLASH)) return null;
    }
    content += value[i];
  }
  return end > 0 && value.charCodeAt(end) === QUOTE ? content : null;
}

function isPrintableAscii(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}
