import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseIdempotencyKey } from '../../src/http/idempotency-key.ts';

const printable = fc.string({
  unit: fc.constantFrom(...Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))),
});
const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;

describe('an Idempotency-Key', () => {
  test('is absent without a header', () => {
    expect(parseIdempotencyKey(undefined)).toBeNull();
  });

  test('is the same bare and quoted', () => {
    expect(parseIdempotencyKey('abc')).toBe('abc');
    expect(parseIdempotencyKey('"abc"')).toBe('abc');
    expect(parseIdempotencyKey(String.raw`"a\"b\\c"`)).toBe(String.raw`a"b\c`);
  });

  test('survives quoting whatever printable characters it has', () => {
    fc.assert(
      fc.property(printable, (text) => {
        fc.pre(text.length >= 1 && text.length <= 255);
        expect(parseIdempotencyKey(quote(text))).toBe(text);
      }),
    );
  });

  test.each([
    ['255 characters', 'k'.repeat(255)],
    ['255 characters in quotes', `"${'k'.repeat(255)}"`],
    ['a quote that does not come first', 'a"b'],
    ['a backslash in a bare key', 'a\\b'],
    ['inner spaces', 'a b'],
  ])('may have %s', (_what, value) => {
    expect(typeof parseIdempotencyKey(value)).toBe('string');
  });

  test.each([
    ['empty', ''],
    ['an empty string', '""'],
    ['one quote', '"'],
    ['an open quote', '"abc'],
    ['something after the quotes', '"abc";a=1'],
    ['a quote within quotes', '"a"b"'],
    ['an unknown escape', String.raw`"a\nb"`],
    ['an escaped closing quote', String.raw`"abc\"`],
    ['a control character', 'a\tb'],
    ['a letter beyond ASCII', 'caf\u00e9'],
    ['256 characters', 'k'.repeat(256)],
    ['256 characters in quotes', `"${'k'.repeat(256)}"`],
  ])('may not be %s', (_what, value) => {
    expect(parseIdempotencyKey(value)).toMatchObject({ kind: 'defect' });
  });
});
