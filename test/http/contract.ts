import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import {
  type HeaderObject,
  type JsonSchema,
  METHODS,
  type OpenApiDocument,
  type OperationObject,
  type PathItem,
  type ResponseObject,
} from '../../src/http/openapi/document-types.ts';
import { toOriginForm } from '../../src/http/target.ts';
import type { RawAnswer } from './raw-connection.ts';

/** Fields that every answer has or may have, whatever it answers: of the connection, the body, browsers, the request. */
const COMMON_FIELDS = new Set([
  ...['connection', 'keep-alive', 'date', 'content-length', 'content-type', 'cache-control'],
  ...['x-content-type-options', 'content-security-policy', 'x-request-id'],
]);

/** What a request was about, as far as can be told: null of a message that is none. */
export interface Asked {
  readonly method: string;
  readonly target: string;
}

export function askedBy(bytes: Buffer): Asked | null {
  const [, method, target] = /^([A-Z]+) (\S+) HTTP\/1\.[01]\r\n/.exec(bytes.toString('latin1')) ?? [];
  return method === undefined || target === undefined ? null : { method, target };
}

interface Place {
  readonly name: string;
  readonly operation: OperationObject;
}

/** Closes every object, so that what an answer has beyond its schema shows; the document leaves them open. */
function closed<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(closed) as T;
  if (typeof schema !== 'object' || schema === null) return schema;
  const members = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  return (
    members.type === 'object' && 'properties' in members ? { additionalProperties: false, ...members } : members
  ) as T;
}

const codeOf = (body: string): string => {
  const problem = /"code":"(\w+)"/.exec(body)?.[1];
  return problem === undefined || !body.startsWith('{"type":') ? '' : problem;
};

/** Holds answers against an OpenAPI document, and remembers which of its answers have been seen. */
export class Contract {
  readonly #document: OpenApiDocument;
  readonly #schemas: Readonly<Record<string, JsonSchema>>;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false });
  readonly #validators = new Map<object, ValidateFunction>();
  readonly #seen = new Set<string>();

  constructor(document: OpenApiDocument) {
    this.#document = document;
    this.#schemas = closed(document.components.schemas);
  }

  /** A line for each thing about the answer that the document does not say. */
  judge(asked: Asked | null, answer: RawAnswer): string[] {
    const item = asked === null ? undefined : this.#itemOf(asked.target);
    const method = asked?.method === 'HEAD' ? 'get' : asked?.method.toLowerCase();
    const places = placesOf(item ?? Object.assign({}, ...Object.values(this.#document.paths)));
    const own = item === undefined ? undefined : places.find(({ name }) => name === method);
    const where = `${asked?.method} ${asked?.target.slice(0, 60)}`;
    if (own !== undefined) return this.#judgeBy(own.operation, where, answer, asked?.method === 'HEAD');
    if (answer.status < 400) return [`${where} is answered ${answer.status} and is not in the document`];
    // What is no operation must be said of each that it could have been meant for.
    const meant = item === undefined ? Object.values(this.#document.paths).flatMap(placesOf) : places;
    return [...new Set(meant.flatMap(({ operation }) => this.#judgeBy(operation, where, answer, false)))];
  }

  /** A line for each answer of the document, by its operation, status and code, that none of those judged was. */
  unseen(): string[] {
    const documented = Object.values(this.#document.paths)
      .flatMap(placesOf)
      .flatMap(({ operation }) =>
        Object.entries(operation.responses).flatMap((entry) => this.#kindsOf(operation, entry)),
      );
    return documented.filter((kind) => !this.#seen.has(kind));
  }

  /** The bodies of problems that the document gives as examples. */
  problemExamples(): unknown[] {
    const responses = Object.values(this.#document.paths)
      .flatMap(placesOf)
      .flatMap(({ operation }) => Object.values(operation.responses));
    const named = responses.flatMap((response) => this.#examplesIn(response));
    return [...new Set(named.map((value) => JSON.stringify(value)))].map((text) => JSON.parse(text));
  }

  #examplesIn({ content }: ResponseObject): unknown[] {
    const examples = Object.values(content?.['application/problem+json']?.examples ?? {});
    return examples.map((example) => ('value' in example ? example.value : this.#exampleAt(example.$ref)));
  }

  #exampleAt(reference: string): unknown {
    return this.#document.components.examples[reference.split('/').at(-1) as string]?.value;
  }

  #kindsOf({ operationId }: OperationObject, [status, response]: [string, ResponseObject]): string[] {
    const codes = this.#examplesIn(response).map((value) => (value as { code: string }).code);
    return [...new Set(codes.length === 0 ? [''] : codes)].map((code) => `${operationId} ${status} ${code}`);
  }

  #itemOf(target: string): PathItem | undefined {
    const path = toOriginForm(target).split(/[?#]/, 1)[0] as string;
    const { paths } = this.#document;
    const template = Object.keys(paths).find((each) => {
      const pattern = each.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+');
      return each === path || new RegExp(`^${pattern}$`).test(path);
    });
    return template === undefined ? undefined : paths[template];
  }

  #judgeBy(operation: OperationObject, where: string, answer: RawAnswer, isHead: boolean): string[] {
    const { status, headers, body } = answer;
    const response = operation.responses[status];
    const line = (what: string) => `${operation.operationId}, ${where}: ${what}`;
    if (response === undefined) return [line(`${status} ${codeOf(body)} is not in the document`)];
    this.#seen.add(`${operation.operationId} ${status} ${codeOf(body)}`);
    const defects = [...this.#judgeHeaders(response, headers), ...(isHead ? [] : this.#judgeBody(response, answer))];
    return defects.map((defect) => line(`${status} ${defect}`));
  }

  #judgeHeaders(response: ResponseObject, headers: RawAnswer['headers']): string[] {
    const documented = Object.entries(response.headers ?? {}).map(([name, header]) => {
      const { components } = this.#document;
      const at =
        '$ref' in header ? (components.headers[header.$ref.split('/').at(-1) as string] as HeaderObject) : header;
      return [name.toLowerCase(), at] as const;
    });
    const byName = new Map(documented);
    const undocumented = Object.keys(headers).filter((name) => !COMMON_FIELDS.has(name) && !byName.has(name));
    const wrong = documented.filter(([name, { schema, required }]) => {
      const value = headers[name];
      return value === undefined ? required === true : !this.#validator(schema)(value);
    });
    return [
      ...undocumented.map((name) => `has a field ${name} that is not in the document`),
      ...wrong.map(([name]) => `has the field ${name} as ${headers[name]}`),
    ];
  }

  #judgeBody(response: ResponseObject, { headers, body }: RawAnswer): string[] {
    const type = headers['content-type'];
    if (response.content === undefined) return body === '' && type === undefined ? [] : ['has a body'];
    const media = type === undefined ? undefined : response.content[type];
    if (media === undefined) return [`has a body of type ${type}`];
    if (!type?.includes('json')) return [];
    const validate = this.#validator(media.schema);
    if (validate(JSON.parse(body))) return [];
    return [`has a body that the schema refuses: ${this.#ajv.errorsText(validate.errors)}: ${body.slice(0, 300)}`];
  }

  /** Of a schema of the document; references in it lead to the components. */
  #validator(schema: JsonSchema): ValidateFunction {
    const known = this.#validators.get(schema);
    if (known !== undefined) return known;
    const compiled = this.#ajv.compile({ ...schema, components: { schemas: this.#schemas } });
    this.#validators.set(schema, compiled);
    return compiled;
  }
}

const placesOf = (item: PathItem): Place[] =>
  METHODS.flatMap((name) => {
    const operation = item[name];
    return operation === undefined ? [] : [{ name, operation }];
  });
