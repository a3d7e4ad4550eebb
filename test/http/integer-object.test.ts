import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { IntegerMember } from '../../src/http/body-scanner.ts';
import { parseIntegerObject } from '../../src/http/integer-object.ts';

const MAX = Number.MAX_SAFE_INTEGER;
const USER: IntegerMember = { name: 'userId', min: 1, max: MAX, mayBeZero: false, isRequired: true };
const AMOUNT: IntegerMember = { name: 'amount', min: -MAX, max: MAX, mayBeZero: false, isRequired: true };
const BALANCE: IntegerMember = { name: 'balance', min: 0, max: MAX, mayBeZero: true, isRequired: false };

const parse = (text: string | Uint8Array, members = [USER, AMOUNT]) =>
  parseIntegerObject(Buffer.from(text as string), members);
const valuesOf = (text: string, members?: IntegerMember[]) => {
  const parsed = parse(text, members);
  return parsed.kind === 'integers' ? parsed.values : parsed.detail;
};

/** What a number means by its text alone: exact, and null unless it is an integer in range written in the one way. */
function oracle(text: string): number | null {
  if (!/^-?(0|[1-9][0-9]*)$/.test(text) || text === '-0') return null;
  const exact = BigInt(text);
  return exact >= BigInt(-MAX) && exact <= BigInt(MAX) && exact !== 0n ? Number(exact) : null;
}

const nearLimits = fc
  .tuple(fc.constantFrom(0n, 2n ** 53n, -(2n ** 53n), 10n ** 16n, 2n ** 63n), fc.bigInt({ min: -20n, max: 20n }))
  .map(([limit, offset]) => String(limit + offset));
const numberTexts = fc.oneof(
  nearLimits,
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc.maxSafeInteger().map(String),
  fc.double().map((value) => JSON.stringify(value)),
  fc.string({ unit: fc.constantFrom(...'0123456789-+.eE'), minLength: 1, maxLength: 24 }),
);

describe('an object of integers', () => {
  test('is read in the order asked for, whatever the order written and the white space', () => {
    expect(valuesOf('{"userId":1,"amount":-2}')).toEqual([1, -2]);
    expect(valuesOf(' \t\r\n{ "amount" : -2 ,\n"userId"\t: 1 } \r\n')).toEqual([1, -2]);
  });

  test('may leave out what is not required', () => {
    expect(valuesOf('{}', [BALANCE])).toEqual([undefined]);
    expect(valuesOf('{"balance":0}', [BALANCE])).toEqual([0]);
  });

  test('takes both ends of the range and nothing beyond', () => {
    expect(valuesOf(`{"amount":${MAX}}`, [AMOUNT])).toEqual([MAX]);
    expect(valuesOf(`{"amount":-${MAX}}`, [AMOUNT])).toEqual([-MAX]);
    expect(valuesOf('{"amount":9007199254740992}', [AMOUNT])).toMatch(/"amount" must be from/);
    expect(valuesOf('{"userId":-1}', [USER])).toMatch(/"userId" must be from 1 to/);
  });

  test('judges each number exactly as its text does', () => {
    fc.assert(
      fc.property(numberTexts, (text) => {
        const expected = oracle(text);
        const parsed = parse(`{"amount":${text}}`, [AMOUNT]);
        if (expected === null) expect(parsed.kind).toBe('defect');
        else expect(parsed).toEqual({ kind: 'integers', values: [expected] });
      }),
      { numRuns: 5000 },
    );
  });

  test('is never accepted where JSON.parse refuses, and then with the same values', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '"userId"',
      '"amount"',
      ':',
      ',',
      '1',
      '-2',
      ' ',
      '0',
      '"',
      '[',
      ']',
      '\\',
      'é',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (written) => {
        const text = written.join('');
        const parsed = parse(text);
        if (parsed.kind === 'defect') return;
        const { userId, amount } = JSON.parse(text);
        expect(parsed.values).toEqual([userId, amount]);
      }),
      { numRuns: 5000 },
    );
  });

  test('of any bytes whatsoever is judged without a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(['integers', 'defect']).toContain(parse(bytes).kind);
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['', 'The body is empty.'],
    ['  ', 'The body is empty.'],
    ['\ufeff{}', 'The body must not begin with a byte order mark.'],
    ['[]', 'The body must be one JSON object.'],
    ['{"userId":1}', '"amount" is missing.'],
    ['{"userId":1,"userId":1,"amount":1}', '"userId" is given twice.'],
    ['{"userId":1,"amount":0}', '"amount" must not be 0.'],
    ['{"userId":1,"amount":', 'The body ends before the value of "amount".'],
    ['{"userId":1,"amount":1', 'A comma or the end of the JSON object is missing.'],
    ['{"userId" 1}', 'A colon is missing after "userId".'],
    ['{"userId":1,}', 'A member name in double quotes is missing.'],
    ['{"user', 'The body ends within a member name.'],
    ['{"us\ner":1}', 'A control character stands in a member name.'],
    ['{"\\u0061mount":1}', 'Escapes are not accepted in member names.'],
    ['{"userId":1,"amount":1}x', 'There is something after the JSON object.'],
    ['{"café":1}', '"café" is not a member of this request, which takes "userId" and "amount".'],
    ['{"":1}', '"" is not a member of this request, which takes "userId" and "amount".'],
  ])('%j is refused because: %s', (text, detail) => {
    expect(parse(text)).toEqual({ kind: 'defect', detail });
  });

  test('of invalid UTF-8 is refused for that', () => {
    expect(parse(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toEqual({
      kind: 'defect',
      detail: 'The body is not valid UTF-8.',
    });
  });

  test('names an overlong member by its beginning only', () => {
    const detail = valuesOf(`{"${'n'.repeat(5000)}":1}`) as string;
    expect(detail.length).toBeLessThan(200);
  });
});
