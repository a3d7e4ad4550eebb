import type { z } from 'zod';
import { PROBLEMS, type ProblemCode } from '../problems.ts';
import { refTo } from './component-schemas.ts';
import type { ExampleObject, JsonSchema, Reference, ResponseObject } from './document-types.ts';
import { type HeaderField, headersOf } from './header-fields.ts';
import { nameOf, problemBodies, problemExample } from './problem-bodies.ts';
import { PROBLEM_TEXTS } from './problem-texts.ts';

/** What any request may be answered, whatever it asks for. */
export const OF_ANY = [
  'invalid_request',
  'not_found',
  'method_not_allowed',
  'request_timeout',
  'expectation_failed',
  'headers_too_large',
  'internal',
  'overloaded',
] as const satisfies readonly ProblemCode[];

/** Of those that need a scope. */
export const OF_GUARDED = ['unauthorized', 'forbidden', 'rate_limited'] as const satisfies readonly ProblemCode[];

/** Of those that take a body. */
export const OF_BODIES = ['payload_too_large', 'unsupported_media_type'] as const satisfies readonly ProblemCode[];

const FIELDS: { readonly [code in ProblemCode]?: readonly HeaderField[] } = {
  unauthorized: ['WwwAuthenticate'],
  forbidden: ['WwwAuthenticate'],
  method_not_allowed: ['Allow'],
  rate_limited: ['RetryAfter'],
  overloaded: ['RetryAfter'],
  not_ready: ['RetryAfter'],
  insufficient_funds: ['IdempotencyReplayed'],
  balance_limit_exceeded: ['IdempotencyReplayed'],
};

export const QUOTA_FIELDS: readonly HeaderField[] = ['RateLimitPolicy', 'RateLimit'];

/** The examples that answers refer to: one for each problem. */
export const exampleOf = (code: ProblemCode): ExampleObject => ({
  summary: PROBLEMS[code].title,
  value: problemExample(code),
});

/** One problem, or one of several that its `code` tells apart. */
function problemSchema(codes: readonly ProblemCode[]): JsonSchema {
  const [first, ...others] = codes.map((code) => refTo(problemBodies[code]));
  if (first === undefined) throw new TypeError('A response without a problem');
  if (others.length === 0) return first;
  const mapping = Object.fromEntries(codes.map((code) => [code, refTo(problemBodies[code]).$ref]));
  return { oneOf: [first, ...others], discriminator: { propertyName: 'code', mapping } };
}

/** The `detail` of a problem where an operation has one of its own. */
export type Details = { readonly [code in ProblemCode]?: string };

function examplesOf(code: ProblemCode, details: Details): [string, ExampleObject | Reference][] {
  const common: [string, Reference] = [code, { $ref: `#/components/examples/${nameOf(code)}` }];
  const detail = details[code];
  if (detail === undefined) return [common];
  const own: [string, ExampleObject] = [code, { summary: PROBLEMS[code].title, value: problemExample(code, detail) }];
  return code === 'forbidden' ? [own, ['foreign', common[1]]] : [own];
}

function problemResponse(
  codes: readonly ProblemCode[],
  details: Details,
  fields: readonly HeaderField[],
): ResponseObject {
  const meanings = codes.map((code) => `\`${code}\`: ${PROBLEM_TEXTS[code].meaning}`);
  const examples = Object.fromEntries(codes.flatMap((code) => examplesOf(code, details)));
  return {
    description: meanings.join('\n\n'),
    headers: headersOf([...codes.flatMap((code) => FIELDS[code] ?? []), ...fields]),
    content: { 'application/problem+json': { schema: problemSchema(codes), examples } },
  };
}

/** One response for each status that these problems have, each with `fields` beside those of its problems. */
export function problemResponses(
  codes: readonly ProblemCode[],
  details: Details,
  fields: readonly HeaderField[],
): Record<string, ResponseObject> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries([...byStatus].map(([status, some]) => [status, problemResponse(some, details, fields)]));
}

/** An answer that says what was asked for. */
export function success(
  description: string,
  body: z.ZodType,
  value: unknown,
  fields: readonly HeaderField[] = [],
): ResponseObject {
  const examples = { answer: { value } };
  return {
    description,
    headers: headersOf(fields),
    content: { 'application/json': { schema: refTo(body), examples } },
  };
}
