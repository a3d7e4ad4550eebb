import { z } from 'zod';
import { ENTRIES_LIMIT_DEFAULT, ENTRIES_LIMIT_MAX } from '../limits.ts';
import { component, refTo } from './component-schemas.ts';
import type { ParameterObject } from './document-types.ts';
import { idempotencyKey, userId } from './quantities.ts';

const entriesLimit = component(
  'EntriesLimit',
  z.int().min(1).max(ENTRIES_LIMIT_MAX).meta({ default: ENTRIES_LIMIT_DEFAULT }),
);

const entriesBefore = component('EntriesBefore', z.int().min(1).meta({ format: 'int64' }));

const withRefused = component('WithRefused', z.boolean().meta({ default: false }));

export const inPath: ParameterObject = {
  name: 'userId',
  in: 'path',
  required: true,
  description: 'The user, in plain digits: no leading zero, no escapes.',
  schema: refTo(userId),
  example: 1,
};

export const keyHeader: ParameterObject = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Makes it safe to send the request again: the first answer comes again, with `Idempotency-Replayed: true`, and ' +
    'nothing is applied twice. Kept as long as the entry is. A refusal is recorded under its key too.',
  schema: refTo(idempotencyKey),
};

export const limit: ParameterObject = {
  name: 'limit',
  in: 'query',
  description: 'Entries on a page, at most.',
  schema: refTo(entriesLimit),
};

export const before: ParameterObject = {
  name: 'before',
  in: 'query',
  description: 'Only entries with a version below this one: the `nextBefore` of the page before.',
  schema: refTo(entriesBefore),
};

export const refused: ParameterObject = {
  name: 'refused',
  in: 'query',
  description: 'Whether to list recorded refusals too.',
  schema: refTo(withRefused),
};
