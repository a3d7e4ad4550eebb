import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { AMOUNT, USER_ID } from '../../src/http/change-members.ts';
import { BALANCE, NEW_USER_ID } from '../../src/http/create-user.ts';
import { parseIntegerObject } from '../../src/http/integer-object.ts';
import { componentSchemas, refTo } from '../../src/http/openapi/component-schemas.ts';
import { createDocument } from '../../src/http/openapi/document.ts';
import { amountRequest, batchRequest, changeRequest, creationRequest } from '../../src/http/openapi/request-bodies.ts';
import { parseOperationsBody } from '../../src/http/operations-body.ts';
import { hostileCases } from './hostile-cases.ts';

const MAX = Number.MAX_SAFE_INTEGER;
const ajv = new Ajv2020({ strict: false, validateFormats: false });
const schemas = componentSchemas();

interface Body {
  readonly name: string;
  readonly schema: z.ZodType;
  readonly scan: (body: Buffer) => { readonly kind: string };
  readonly sound: readonly string[];
}

const change = '{"userId":7,"amount":-2}';
const batchOf = (...items: string[]) => `{"operations":[${items.join(',')}]}`;
const keyed = (key: string) => `{"userId":7,"amount":-2,"idempotencyKey":${JSON.stringify(key)}}`;

const requests: readonly Body[] = [
  {
    name: 'a change',
    schema: changeRequest,
    scan: (body) => parseIntegerObject(body, [USER_ID, AMOUNT]),
    sound: [
      change,
      `{"amount":${MAX},"userId":${MAX}}`,
      `{"amount":-${MAX},"userId":1}`,
      ` {\n"userId" : 7 ,"amount":1} `,
    ],
  },
  {
    name: 'an amount',
    schema: amountRequest,
    scan: (body) => parseIntegerObject(body, [AMOUNT]),
    sound: ['{"amount":1}', `{"amount":-${MAX}}`],
  },
  {
    name: 'a creation',
    schema: creationRequest,
    scan: (body) => parseIntegerObject(body, [NEW_USER_ID, BALANCE]),
    sound: ['{}', '{"balance":0}', `{"userId":${MAX}}`, `{"userId":1,"balance":${MAX}}`],
  },
  {
    name: 'a batch',
    schema: batchRequest,
    scan: parseOperationsBody,
    sound: [
      batchOf(change, change),
      batchOf(keyed('order 1'), keyed('"order 1"'), keyed('"a\\"b\\\\"'), keyed(' '), keyed('k'.repeat(255))),
      batchOf(keyed(`"${'k'.repeat(255)}"`), keyed(`"${'\\"'.repeat(255)}"`)),
      batchOf(...Array(10_000).fill(change)),
    ],
  },
];

/** True for a text that says no more than its value: nothing is lost when JSON.parse reads it. */
function isPlain(text: string, value: unknown): boolean {
  const withoutSpace = text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_match, string: string | undefined) => string ?? '');
  return JSON.stringify(value) === withoutSpace;
}

function parse(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

const anyNumber = fc.oneof(
  fc.constantFrom(0, 1, -1, 1.5, MAX, -MAX, MAX + 1, -MAX - 1, 1e21, 5e-324),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const anyKey = fc.oneof(
  fc.string({ maxLength: 300, unit: 'grapheme-ascii' }),
  fc.array(fc.constantFrom('"', '\\', 'a', ' ', 'é', '\n'), { maxLength: 6 }).map((pieces) => pieces.join('')),
  fc.array(fc.constantFrom('\\"', '\\\\', 'a', '~'), { maxLength: 300 }).map((pieces) => `"${pieces.join('')}"`),
);
const anyValue = fc.oneof({ weight: 6, arbitrary: anyNumber }, anyKey, fc.jsonValue({ maxDepth: 1 }));
const nameOrOther = fc.constantFrom(
  'userId',
  'amount',
  'balance',
  'idempotencyKey',
  'operations',
  'x',
  '__proto__',
  '',
);
const soundNumber = fc.integer({ min: 1, max: MAX });
const mostlySound = fc.oneof({ weight: 8, arbitrary: soundNumber }, anyNumber);
const anyItem = fc.record(
  { userId: mostlySound, amount: mostlySound, idempotencyKey: anyKey },
  { requiredKeys: ['userId', 'amount'] },
);
const anyFlat = fc.oneof(
  fc.record({ userId: mostlySound, amount: mostlySound }),
  fc.record({ amount: mostlySound }),
  fc.record({ userId: mostlySound, balance: mostlySound }, { requiredKeys: [] }),
  anyItem,
  fc.dictionary(nameOrOther, anyValue, { maxKeys: 4 }),
);
const anyBody = fc.oneof(
  anyFlat,
  fc.record({ operations: fc.array(anyItem, { maxLength: 3 }) }),
  fc.record({ operations: fc.array(fc.oneof(anyFlat, anyValue), { maxLength: 3 }) }),
  fc.record({ operations: anyValue }),
  anyValue,
);

describe.each(requests)('the schema of $name', ({ schema, scan, sound }) => {
  const validate = ajv.compile({ ...refTo(schema), components: { schemas } });

  /** What the document says of a value, which is what zod says. */
  function accepts(value: unknown): boolean {
    const isValid = validate(value);
    expect({ value, isValid: schema.safeParse(value).success }).toEqual({ value, isValid });
    return isValid;
  }
  const isScanned = (text: string | Buffer) => scan(Buffer.from(text as string)).kind !== 'defect';

  test('accepts what the service accepts, at its limits too', () => {
    for (const text of sound) {
      expect({ text: text.slice(0, 300), isScanned: isScanned(text), isValid: accepts(JSON.parse(text)) }).toEqual({
        text: text.slice(0, 300),
        isScanned: true,
        isValid: true,
      });
    }
  });

  test('accepts a value exactly when the service accepts it, written plainly', () => {
    let accepted = 0;
    fc.assert(
      fc.property(anyBody, (value) => {
        const text = JSON.stringify(value);
        const isValid = accepts(JSON.parse(text));
        expect({ text, isValid: isScanned(text) }).toEqual({ text, isValid });
        if (isValid) accepted += 1;
      }),
      { numRuns: 3000 },
    );
    // Both verdicts are there often enough.
    expect(accepted).toBeGreaterThan(50);
  });

  test('accepts whatever text the service accepts, and of hostile ones only what is not written plainly', () => {
    const texts = hostileCases.flatMap(({ bytes }) => bytes.toString().split('\r\n\r\n').slice(1));
    for (const text of texts) {
      const parsed = parse(text);
      const isValid = parsed !== null && accepts(parsed.value);
      if (isScanned(text)) expect({ text, isValid }).toEqual({ text, isValid: true });
      else if (isValid) expect({ text, isPlain: isPlain(text, parsed.value) }).toEqual({ text, isPlain: false });
    }
  });
});

test('what JSON Schema cannot say is said in words', () => {
  const odd = ['{"userId":7,"amount":1.0}', '{"userId":7,"amount":1e3}', '{"userId":7,"amount":1,"amount":2}'];
  for (const text of [...odd, '{"userId":7,"amoun\\u0074":1}']) {
    expect(changeRequest.safeParse(JSON.parse(text)).success).toBe(true);
    expect(parseIntegerObject(Buffer.from(text), [USER_ID, AMOUNT]).kind).toBe('defect');
  }
  const bodies = Object.values(createDocument().paths).flatMap((item) => [item.post, item.patch]);
  for (const body of bodies) {
    if (body !== undefined) expect(body.requestBody?.description).toMatch(/judged as (it is|they are) written/);
  }
});
