import { z } from 'zod';
import { INTEGER_MAX } from '../../domain/operation.ts';
import { KEY_LENGTH_MAX } from '../idempotency-key.ts';
import { component } from './component-schemas.ts';

/** Tells generators of clients that 32 bits are too few. */
const format = 'int64';

export const userId = component(
  'UserId',
  z
    .int()
    .min(1)
    .max(INTEGER_MAX)
    .meta({ description: 'A user.', format, examples: [7] }),
);

export const amount = component(
  'Amount',
  z
    .int()
    .min(-INTEGER_MAX)
    .max(INTEGER_MAX)
    .refine((value) => value !== 0)
    .meta({
      description: 'By how much a balance changes, in minor units: negative withdraws, positive deposits; never 0.',
      format,
      not: { const: 0 },
      examples: [-2],
    }),
);

export const balance = component(
  'Balance',
  z
    .int()
    .min(0)
    .max(INTEGER_MAX)
    .meta({ description: 'What a user owns, in minor units.', format, examples: [98] }),
);

export const version = component(
  'Version',
  z
    .int()
    .min(0)
    .max(INTEGER_MAX)
    .meta({
      description: 'How many entries the user has: 0 before the first one, then without a gap.',
      format,
      examples: [3],
    }),
);

export const operationId = component(
  'OperationId',
  z.uuid().meta({
    description:
      'Names one change for good. A UUIDv7, unless plain SQL made the change behind the back of the service.',
    examples: ['01a20524-5a67-7322-b132-575e03a2a361'],
  }),
);

/** Of an RFC 8941 string, what stands between the quotes: an escaped character counts once. */
const bare = `[ !#-~][ -~]{0,${KEY_LENGTH_MAX - 1}}`;
const quoted = `"(?:[ !#-\\[\\]-~]|\\\\["\\\\]){1,${KEY_LENGTH_MAX}}"`;

export const idempotencyKey = component(
  'IdempotencyKey',
  z
    .string()
    .regex(new RegExp(`^(?:${bare}|${quoted})$`))
    .meta({
      description:
        `1 to ${KEY_LENGTH_MAX} printable ASCII characters, bare or as one quoted string; \`a\` and \`"a"\` are the ` +
        'same key. It belongs to the user and to the caller who sent it.',
      examples: ['order-1842'],
    }),
);
