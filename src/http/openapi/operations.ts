import type { z } from 'zod';
import type { Scope } from '../../access/scope.ts';
import type { ProblemCode } from '../problems.ts';
import { refTo } from './component-schemas.ts';
import type {
  ExampleObject,
  OperationObject,
  ParameterObject,
  RequestBodyObject,
  ResponseObject,
} from './document-types.ts';
import { type Details, OF_ANY, OF_BODIES, OF_GUARDED, problemResponses, QUOTA_FIELDS } from './responses.ts';

/** What there is to say of one operation beside what all have in common. */
export interface Operation {
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  /** Null: anybody may ask. */
  readonly scope: Scope | null;
  readonly parameters?: readonly ParameterObject[];
  readonly requestBody?: RequestBodyObject;
  readonly responses: Readonly<Record<string, ResponseObject>>;
  /** Beside those that any such request may be answered. */
  readonly problems: readonly ProblemCode[];
  readonly details?: Details;
}

/** Credentials with the scope, or none at all where nobody is asked for any. */
const securityOf = (scope: Scope | null): OperationObject['security'] =>
  scope === null ? [] : [{ bearer: [scope] }, {}];

export function operation(each: Operation): OperationObject {
  const { tag, scope, description, responses, problems, details, requestBody, ...said } = each;
  const ofBodies = requestBody === undefined ? [] : OF_BODIES;
  const ofGuarded = scope === null ? [] : OF_GUARDED;
  const codes = [...OF_ANY, ...ofGuarded, ...ofBodies, ...problems];
  const ownDetails = scope === null ? details : { forbidden: `This needs the scope ${scope}.`, ...details };
  const fields = scope === null ? [] : QUOTA_FIELDS;
  return {
    ...said,
    description:
      scope === null ? description : `${description}\n\nNeeds the scope \`${scope}\`, where credentials are asked for.`,
    tags: [tag],
    security: securityOf(scope),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: { ...responses, ...problemResponses(codes, ownDetails ?? {}, fields) },
  };
}

/** A body that is needed, in JSON. */
export function jsonBody(
  body: z.ZodType,
  description: string,
  examples: Readonly<Record<string, ExampleObject>>,
): RequestBodyObject {
  return { required: true, description, content: { 'application/json': { schema: refTo(body), examples } } };
}
