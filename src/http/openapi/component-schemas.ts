import { z } from 'zod';
import type { JsonSchema } from './document-types.ts';

const registry = z.registry<{ id: string }>();

const uriOf = (id: string) => `#/components/schemas/${id}`;

/** Gives a schema its name in the document; wherever it stands in another one, it is referred to by that. */
export function component<T extends z.ZodType>(id: string, schema: T): T {
  registry.add(schema, { id });
  return schema;
}

/** A reference to a schema that has a name. */
export function refTo(schema: z.ZodType): { readonly $ref: string } {
  const named = registry.get(schema);
  if (named === undefined) throw new TypeError('A schema without a name');
  return { $ref: uriOf(named.id) };
}

/**
 * JSON Schema of every named schema whose module has been loaded. Of requests it is closed
 * (`additionalProperties: false`), of answers it is open: a later version may say more in them.
 */
export function componentSchemas(): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(registry, { io: 'input', target: 'draft-2020-12', uri: uriOf });
  const plain = Object.entries(schemas).map(([id, { $schema, $id, ...schema }]) => [id, schema as JsonSchema]);
  return Object.fromEntries(plain);
}
