import type { HeaderObject, Reference } from './document-types.ts';

const text = { type: 'string' } as const;

/** The fields of answers that say something of their own, under their names in the document. */
export const HEADER_FIELDS = {
  IdempotencyReplayed: {
    description: 'Only where this is the first answer to the Idempotency-Key, given again.',
    schema: { type: 'string', const: 'true' },
    example: 'true',
  },
  Location: {
    description: 'Where the balance of the new user is read.',
    required: true,
    schema: { type: 'string', format: 'uri-reference', pattern: '^/api/users/[1-9][0-9]*/balance$' },
    example: '/api/users/7/balance',
  },
  RetryAfter: {
    description: 'Seconds after which it is worth while to send the request again.',
    required: true,
    schema: { type: 'string', pattern: '^[1-9][0-9]*$' },
    example: '1',
  },
  Allow: {
    description: 'The methods that this path takes.',
    required: true,
    schema: text,
    example: 'GET, HEAD, PATCH',
  },
  WwwAuthenticate: {
    description:
      'RFC 6750: what is wrong with the credentials, and which scope is needed. Where credentials are asked for.',
    schema: { type: 'string', pattern: '^Bearer realm="highload-user-balance"' },
    example: 'Bearer realm="highload-user-balance", error="insufficient_scope", scope="balance:write"',
  },
  RateLimit: {
    description: 'Where there is a limit per caller: `r` requests are left for the next `t` seconds.',
    schema: { type: 'string', pattern: '^"caller";r=[0-9]+;t=[1-9][0-9]*$' },
    example: '"caller";r=99;t=1',
  },
  RateLimitPolicy: {
    description: 'Where there is a limit per caller: `q` requests in each window of `w` seconds.',
    schema: { type: 'string', pattern: '^"caller";q=[1-9][0-9]*;w=[1-9][0-9]*$' },
    example: '"caller";q=100;w=1',
  },
  ETag: {
    description: 'Names this version of what is answered.',
    required: true,
    schema: { type: 'string', pattern: '^"[A-Za-z0-9_-]+"$' },
    example: '"2jmj7l5rSw0yVb_vlWAYkK_YBwk"',
  },
} as const satisfies Readonly<Record<string, HeaderObject>>;

const WIRE_NAMES = {
  IdempotencyReplayed: 'Idempotency-Replayed',
  Location: 'Location',
  RetryAfter: 'Retry-After',
  Allow: 'Allow',
  WwwAuthenticate: 'WWW-Authenticate',
  RateLimit: 'RateLimit',
  RateLimitPolicy: 'RateLimit-Policy',
  ETag: 'ETag',
} as const satisfies Record<keyof typeof HEADER_FIELDS, string>;

export type HeaderField = keyof typeof HEADER_FIELDS;

/** Header fields of a response, each by reference. */
export function headersOf(fields: Iterable<HeaderField>): Record<string, Reference> {
  return Object.fromEntries(
    [...new Set(fields)].map((field) => [WIRE_NAMES[field], { $ref: `#/components/headers/${field}` }]),
  );
}
