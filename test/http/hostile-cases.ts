import { bodyCases } from './hostile-bodies.ts';
import { BATCH, CHANGE, get, type HostileCase, hostile, post, valid } from './hostile-case.ts';
import { numberCases } from './hostile-numbers.ts';
import { message } from './raw-connection.ts';

const headers = [
  ...['', '""', '"', '"abc', '"a"b', '"a";b=1', '"a\\n"', 'k'.repeat(256), 'caf\u00e9', 'a\tb'].map((key) =>
    hostile(`Idempotency-Key ${key.slice(0, 20)}`, post(valid, [`Idempotency-Key: ${key}`])),
  ),
  hostile('two keys', post(valid, ['Idempotency-Key: a', 'Idempotency-Key: b'])),
  hostile('the same key twice', post(valid, ['Idempotency-Key: a', 'idempotency-key: a'])),
  hostile('a key without a user', message('POST', '/api/users', { body: '{}', headers: ['Idempotency-Key: a'] })),
  hostile('two hosts', post(valid, ['Host: other'])),
  hostile('two content types', post(valid, ['Content-Type: application/json', 'Content-Type: application/json'])),
  hostile('two hosts on GET', get('/api/users/7/balance', ['HOST: other'])),
  hostile('no host', 'GET /api/users/7/balance HTTP/1.1\r\n\r\n'),
  hostile('no host on the long way', 'GET /livez HTTP/1.1\r\n\r\n'),
  hostile(
    'HTTP/1.0 in chunks',
    `POST ${CHANGE} HTTP/1.0\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n` +
      `18\r\n${valid}\r\n0\r\n\r\n`,
  ),
  hostile(
    'a hundred and one header fields',
    get(
      '/api/users/7/balance',
      Array.from({ length: 100 }, (_, i) => `X-${i}: 1`),
    ),
    431,
    'headers_too_large',
  ),
  hostile('a body on GET', message('GET', '/api/users/7/balance', { body: '{}' })),
  hostile('a body on GET of entries', message('GET', '/api/users/7/entries', { body: '{}' })),
];

const pathIds = [
  ...['0', '007', '+1', '-1', '1e3', '1.0', '0x1', '%31', '1%2F2', '1%00', '9007199254740992', '9'.repeat(100), 'abc'],
  ...['%D9%A1', '1,2', '1;a=1', "1'", ' 1'.trim().concat('%20'), '__proto__', '%', '%zz', '%E0%A4%A', '..%2f7', '*'],
];
const paths = [
  ...pathIds.map((id) => hostile(`balance of ${id.slice(0, 20)}`, get(`/api/users/${id}/balance`))),
  ...pathIds.map((id) => hostile(`entries of ${id.slice(0, 20)}`, get(`/api/users/${id}/entries`))),
  ...pathIds
    .slice(0, 8)
    .map((id) => hostile(`PATCH of ${id}`, message('PATCH', `/api/users/${id}/balance`, { body: '{"amount":1}' }))),
  ...[
    ...['/', '/api', '/api/users/', '/api/users/7', '/api/users/7/', '/api/users/7/balance/', '/api/users//balance'],
    ...['/API/users/7/balance', '/api/users/7/Balance', '/api/users/../users/7/balance', '//api/users/7/balance'],
    ...['/api/users/7/8/balance', '/api/%75sers/7/balance', '/api%2Fusers/7/balance', '/livez/', '/etc/passwd'],
    ...[
      '/../../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/api/users/update-balance/',
      '/api/users/update-balances/',
      '/favicon.ico',
    ],
  ].map((path) => hostile(`GET ${path}`, get(path), 404, 'not_found')),
  hostile('POST to a path in other case', message('POST', '/api/Users', { body: '{}' }), 404, 'not_found'),
  hostile('a fragment', get('/api/users/7/balance#x')),
  hostile('a backslash', get('/api\\users\\7\\balance')),
  hostile('OPTIONS *', message('OPTIONS', '*'), 404, 'not_found'),
];

const queries = [
  ...['/api/users/7/balance?', '/api/users/7/balance?x=1', '/livez?x', '/readyz?x=1'].map((target) =>
    hostile(`GET ${target}`, get(target)),
  ),
  hostile('a query on a change', message('POST', `${CHANGE}?dry=1`, { body: valid })),
  hostile('a query on a PATCH', message('PATCH', '/api/users/7/balance?a=1', { body: '{"amount":1}' })),
  hostile('a query on a creation', message('POST', '/api/users?a=1', { body: '{}' })),
  ...[
    ...['limit=0', 'limit=1001', 'limit=-1', 'limit=1.0', 'limit=', 'limit', 'limit=01', 'limit=1e2', 'limit=%31'],
    ...['limit=1&limit=1', 'before=0', 'before=9007199254740992', 'before=x', 'before=', 'before=1&before=2'],
    ...['refused=1', 'refused=TRUE', 'refused=', 'refused', 'limit=1&', '&limit=1', 'x=1', 'Limit=1', 'limit[]=1'],
    ...['__proto__=1', 'limit=1;before=2', 'limit=1?', '%6Cimit=1', 'limit=+1', '=', '&'],
  ].map((query) => hostile(`entries?${query}`, get(`/api/users/7/entries?${query}`))),
];

const methods = [
  ...['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'].map((method) => [method, CHANGE] as const),
  ...['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) => [method, BATCH] as const),
  ...['GET', 'PUT', 'DELETE', 'OPTIONS'].map((method) => [method, '/api/users'] as const),
  ...['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'].map((method) => [method, '/api/users/7/balance'] as const),
  ...['POST', 'DELETE', 'PATCH', 'OPTIONS'].map((method) => [method, '/api/users/7/entries'] as const),
  ...['POST', 'OPTIONS'].map((method) => [method, '/livez'] as const),
].map(([method, path]) => hostile(`${method} ${path}`, message(method, path), 405, 'method_not_allowed'));

/** Well-formed HTTP with hostile content: answered the same way by the Express app and by the front door. */
export const hostileCases: readonly HostileCase[] = [
  ...numberCases,
  ...bodyCases,
  ...headers,
  ...paths,
  ...queries,
  ...methods,
];
