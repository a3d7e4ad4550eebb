import { readFileSync } from 'node:fs';
import { changeByBody, changeByPath, changeMany } from './change-operations.ts';
import { componentSchemas } from './component-schemas.ts';
import { readDocs, readDocument } from './document-operations.ts';
import type { OpenApiDocument } from './document-types.ts';
import { HEADER_FIELDS } from './header-fields.ts';
import { readLiveness, readReadiness } from './health-operations.ts';
import { nameOf, PROBLEM_CODES } from './problem-bodies.ts';
import { exampleOf } from './responses.ts';
import { createUser, listEntries, readBalance } from './user-operations.ts';

const DESCRIPTION = `\
Users' balances (credits, points, tokens) in PostgreSQL, changed under extreme concurrency without losing a change, applying
one twice, or letting a balance fall below zero.

- All numbers are integers within ±(2^53-1), written in plain digits, in minor units.
- Errors are \`application/problem+json\` (RFC 9457). Tell them apart by \`code\`, which is stable; \`title\` and \`detail\` are
  for people.
- 503 promises that nothing was applied, 504 that nobody knows: send the request again with the same \`Idempotency-Key\`.
- Answers may get further members and header fields; a client should pass over what it does not know.
- A request may have a name: \`X-Request-Id\` (1 to 128 of A-Z, a-z, 0-9 and \`. _ ~ : / + = @ -\`), or \`traceparent\` (W3C Trace
  Context), whose trace id is taken then. The answer has it in \`X-Request-Id\`, and so have the lines of the log. Any other
  name is passed over. A 500 has one of its own where the request had none.
- No answer about users may be kept: all say \`Cache-Control: no-store\`.`;

const BEARER =
  'An API key (`hub_...`) or a JWT, where the service is set up to ask for one. On loopback it asks nobody by default: ' +
  'then a request is served when its Host, and its Origin if it has one, is this machine. Each operation names the ' +
  'scope that it needs.';

/** The version of the package is the version of its interface. */
function packageVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/**
 * The whole HTTP interface as an OpenAPI 3.1 document. It takes some 10 ms to make, and loading this module (with zod) more:
 * nothing that must be quick may import it.
 */
export function createDocument(): OpenApiDocument {
  return {
    openapi: '3.1.1',
    info: {
      title: 'highload-user-balance',
      version: packageVersion(),
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The service that gave this document.' }],
    tags: [
      { name: 'Changes', description: 'Withdraw and deposit.' },
      { name: 'Users', description: 'Create users; read balances and entries.' },
      { name: 'Health', description: 'For supervisors and load balancers.' },
      { name: 'About', description: 'This interface.' },
    ],
    paths: {
      '/api/users/update-balance': { post: changeByBody },
      '/api/users/update-balances': { post: changeMany },
      '/api/users/{userId}/balance': { get: readBalance, patch: changeByPath },
      '/api/users/{userId}/entries': { get: listEntries },
      '/api/users': { post: createUser },
      '/livez': { get: readLiveness },
      '/readyz': { get: readReadiness },
      '/openapi.json': { get: readDocument },
      '/docs': { get: readDocs },
    },
    components: {
      schemas: componentSchemas(),
      headers: HEADER_FIELDS,
      examples: Object.fromEntries(PROBLEM_CODES.map((code) => [nameOf(code), exampleOf(code)])),
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: BEARER } },
    },
  };
}
