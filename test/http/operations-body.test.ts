import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseOperationsBody } from '../../src/http/operations-body.ts';

const parse = (text: string) => parseOperationsBody(Buffer.from(text));
const itemsOf = (text: string) => {
  const parsed = parse(`{"operations":[${text}]}`);
  return parsed.kind === 'changes' ? parsed.changes : parsed.detail;
};
const keysOf = (...keys: string[]) => {
  const items = itemsOf(keys.map((key) => `{"userId":1,"amount":1,"idempotencyKey":${key}}`).join(','));
  return typeof items === 'string' ? items : items.map(({ idempotencyKey }) => idempotencyKey);
};
const MAX = Number.MAX_SAFE_INTEGER;
const ITEM = '{"userId":1,"amount":1}';

const anyKey = fc.string({ minLength: 1, maxLength: 255, unit: 'grapheme-ascii' }).filter((key) => key[0] !== '"');
const anyChange = fc.record({
  userId: fc.integer({ min: 1, max: MAX }),
  amount: fc.oneof(fc.integer({ min: 1, max: MAX }), fc.integer({ min: -MAX, max: -1 })),
  idempotencyKey: fc.option(anyKey),
});

describe('the body of a batch', () => {
  test('is read item by item in the order written, whatever the order of members and the white space', () => {
    expect(
      itemsOf('{"userId":1,"amount":-2},\n{ "idempotencyKey" : "a" , "amount":3,"userId":9007199254740991\t}'),
    ).toEqual([
      { userId: 1, amount: -2, idempotencyKey: null },
      { userId: MAX, amount: 3, idempotencyKey: 'a' },
    ]);
    expect(parse(` { "operations" :\r\n[ ${ITEM} ] } `).kind).toBe('changes');
  });

  test('means what JSON.parse makes of it, when every item is sound', () => {
    fc.assert(
      fc.property(fc.array(anyChange, { minLength: 1, maxLength: 20 }), fc.nat(3), (changes, indent) => {
        const operations = changes.map(({ idempotencyKey, ...change }) =>
          idempotencyKey === null ? change : { ...change, idempotencyKey },
        );
        expect(parse(JSON.stringify({ operations }, null, indent))).toEqual({ kind: 'changes', changes });
      }),
    );
  });

  test('is never accepted where JSON.parse refuses, and then with the same items', () => {
    const pieces = fc.constantFrom(
      ...['{"operations":[', ITEM, ']}', ',', '{', '}', '[', ']', '"userId":1', '"amount":-2', '"', '\\', ' ', '0'],
      ...['"idempotencyKey":"k"', '"idempotencyKey":"\\u006b"', ':', '1.0', 'é'],
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 14 }), (written) => {
        const text = `{"operations":[${written.join('')}`;
        const parsed = parse(text);
        if (parsed.kind === 'defect') return;
        const items = parsed.changes.map(({ idempotencyKey, ...change }) =>
          idempotencyKey === null ? change : { ...change, idempotencyKey },
        );
        expect(JSON.parse(text)).toEqual({ operations: items });
      }),
      { numRuns: 5000 },
    );
  });

  test('of any bytes whatsoever is judged without a throw', () => {
    const sound = Buffer.from(`{"operations":[${ITEM},{"userId":1,"amount":1,"idempotencyKey":"a\\\\b"}]}`);
    fc.assert(
      fc.property(fc.nat(sound.length - 1), fc.uint8Array({ maxLength: 4 }), fc.nat(4), (at, bytes, removed) => {
        const damaged = Buffer.concat([sound.subarray(0, at), bytes, sound.subarray(at + removed)]);
        expect(['changes', 'defect']).toContain(parseOperationsBody(damaged).kind);
      }),
      { numRuns: 3000 },
    );
  });

  test('has keys under the rules of the header field: escapes resolved, a quoted key the same as a bare one', () => {
    expect(keysOf('"order 1"', '"a\\/b\\u003c"', '"\\"order 1\\""', `"${'k'.repeat(255)}"`)).toEqual([
      'order 1',
      'a/b<',
      'order 1',
      'k'.repeat(255),
    ]);
    const rule = 'The Idempotency-Key must be 1 to 255 printable ASCII characters, bare or as one quoted string.';
    for (const key of ['""', '"\\""', '"a\\n"', '"a\tb"', '"é"', '"\\u00e9"', `"${'k'.repeat(256)}"`]) {
      expect(keysOf('"a"', key)).toBe(`operations[1]: ${rule}`);
    }
  });

  test('takes 10,000 items and no more', () => {
    expect(itemsOf(Array(10_000).fill(ITEM).join(','))).toHaveLength(10_000);
    expect(itemsOf(Array(10_001).fill(ITEM).join(','))).toBe('"operations" must have 1 to 10000 items.');
  });

  test.each([
    [`{"operations":[${ITEM},{"userId":1}]}`, 'operations[1]: "amount" is missing.'],
    [`{"operations":[${ITEM},{"userId":1,"amount":1.0}]}`, /^operations\[1\]: "amount" must be an integer in plain/],
    [`{"operations":[${ITEM},7]}`, 'operations[1]: Each item must be one JSON object.'],
    ['{"operations":[{"userId":1,"amount":1,"x":1}]}', /^operations\[0\]: "x" is not a member of an item, which takes/],
    ['{"operations":[{"userId":1,"userId":1}]}', 'operations[0]: "userId" is given twice.'],
    ['{"operations":[{"userId":1,"amount":1,"idempotencyKey":null}]}', /"idempotencyKey" must be a string\.$/],
    [
      '{"operations":[{"userId":1,"amount":1,"idempotencyKey":"a\\q"}]}',
      /"idempotencyKey" must be a string of JSON\.$/,
    ],
    ['{"operations":[{"userId":1,"amount":1,"idempotencyKey":"a', /ends within the value of "idempotencyKey"\.$/],
    [`{"operations":[${ITEM} ${ITEM}]}`, 'A comma or the end of "operations" is missing.'],
    [`{"operations":[${ITEM}]`, 'A comma or the end of the JSON object is missing.'],
    [`{"operations":[${ITEM}]}x`, 'There is something after the JSON object.'],
    ['{"operations":[]}', '"operations" must have 1 to 10000 items.'],
    ['{"operations":{}}', '"operations" must be an array.'],
    ['{}', '"operations" is missing.'],
    [`{"operations":[${ITEM}],"mode":1}`, '"mode" is not a member of this request, which takes "operations".'],
    [`{"operations":[${ITEM}],"operations":[]}`, '"operations" is given twice.'],
    ['', 'The body is empty.'],
  ])('%j is refused with a detail that says why and where', (text, detail) => {
    const parsed = parse(text) as { detail: string };
    expect(parsed).toMatchObject({ kind: 'defect', detail: expect.any(String) });
    if (typeof detail === 'string') expect(parsed.detail).toBe(detail);
    else expect(parsed.detail).toMatch(detail);
  });
});
