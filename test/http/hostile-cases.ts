import { message } from './raw-connection.ts';

/** What is sent, in bytes, and how it must be answered. */
export interface HostileCase {
  readonly what: string;
  readonly bytes: Buffer;
  readonly status: number;
  readonly code: string;
}

const CHANGE = '/api/users/update-balance';
const hostile = (what: string, bytes: Buffer | string, status = 400, code = 'invalid_request'): HostileCase => ({
  what,
  bytes: typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes,
  status,
  code,
});
const post = (body: string | Buffer, headers: readonly string[] = []) => message('POST', CHANGE, { body, headers });
const get = (target: string, headers: readonly string[] = []) => message('GET', target, { headers });
const valid = '{"userId":7,"amount":-2}';

/** Texts that stand where an integer should: every one must be refused, for whatever member. */
const wrongNumbers = [
  ...['1.0', '1.5', '1e3', '1E3', '1e-3', '-0', '0.0', '-0.0', '1.0000000000000000001', '0e0', '01', '-01', '00'],
  ...['+1', '.5', '5.', '-', '--1', '- 1', '0x10', '0b1', '1_000', '1n', '1,000', 'NaN', 'Infinity', '-Infinity'],
  ...['"5"', '""', 'true', 'false', 'null', 'undefined', '[]', '[1]', '{}', '{"a":1}', "'1'", '1 2', '/**/1', '\u0661'],
  ...['9007199254740992', '9007199254740993', '1'.repeat(30), '9'.repeat(400), '1e308', '1e999', ''],
];

const amounts = [...wrongNumbers, '0', '-9007199254740992', '-9007199254740993'].map((text) =>
  hostile(`amount ${text.slice(0, 30)}`, post(`{"userId":7,"amount":${text}}`)),
);
const userIds = [...wrongNumbers, '0', '-1', '-9007199254740991'].map((text) =>
  hostile(`userId ${text.slice(0, 30)}`, post(`{"userId":${text},"amount":1}`)),
);
const openingBalances = ['-1', '1.0', '"5"', '9007199254740992', '-0', 'null'].map((text) =>
  hostile(`opening balance ${text}`, message('POST', '/api/users', { body: `{"balance":${text}}` })),
);

const bodies = [
  hostile('an empty body', post('')),
  hostile('white space only', post(' \r\n')),
  hostile('a truncated object', post('{"userId":7,"amount":-2')),
  hostile('a truncated name', post('{"userId":7,"amo')),
  hostile('an array', post('[]')),
  hostile('an array of one object', post(`[${valid}]`)),
  hostile('a number', post('7')),
  hostile('a string', post('"x"')),
  hostile('null', post('null')),
  hostile('an object in an object', post(`{"a":${valid}}`)),
  hostile('deep arrays', post('['.repeat(5000))),
  hostile('deep objects', post('{"a":'.repeat(3000))),
  hostile('an empty object', post('{}')),
  hostile('no amount', post('{"userId":7}')),
  hostile('no userId', post('{"amount":7}')),
  hostile('an unknown member', post('{"userId":7,"amount":-2,"x":1}')),
  hostile('a member in other case', post('{"userid":7,"amount":-2}')),
  hostile('a duplicate member', post('{"userId":7,"amount":-2,"amount":-2}')),
  hostile('a duplicate user', post('{"userId":7,"userId":8,"amount":-2}')),
  hostile('an escaped name', post('{"userId":7,"\\u0061mount":-2}')),
  hostile('a duplicate by escape', post('{"userId":7,"amount":-2,"amoun\\u0074":9}')),
  hostile('__proto__', post('{"userId":7,"amount":-2,"__proto__":1}')),
  hostile('__proto__ as an object', post('{"__proto__":{"amount":5},"userId":7}')),
  hostile('constructor', post('{"userId":7,"amount":-2,"constructor":1}')),
  hostile('toString', post('{"userId":7,"amount":-2,"toString":1}')),
  hostile('invalid UTF-8 in a name', post(Buffer.from('{"userId\xff":7,"amount":-2}', 'latin1'))),
  hostile('invalid UTF-8 behind the object', post(Buffer.from(`${valid}\xff`, 'latin1'))),
  hostile('an overlong encoding', post(Buffer.from('{"userId\xc0\xa2:7,"amount":-2}', 'latin1'))),
  hostile('a byte order mark', post(`\ufeff${valid}`)),
  hostile('UTF-16', post(Buffer.from(valid, 'utf16le'))),
  hostile('a name with a zero byte', post('{"userId\0":7,"amount":-2}')),
  hostile('a no-break space', post('{"userId":7,\u00a0"amount":-2}')),
  hostile('trailing text', post(`${valid}x`)),
  hostile('a second object', post(`${valid}${valid}`)),
  hostile('a zero byte at the end', post(`${valid}\0`)),
  hostile('a trailing comma', post('{"userId":7,"amount":-2,}')),
  hostile('a leading comma', post('{,"userId":7,"amount":-2}')),
  hostile('names without quotes', post('{userId:7,amount:-2}')),
  hostile('single quotes', post("{'userId':7,'amount':-2}")),
  hostile('a comment', post(`/**/${valid}`)),
  hostile('a form', post('userId=7&amount=-2')),
  hostile('an id in the body of PATCH', message('PATCH', '/api/users/7/balance', { body: valid })),
  hostile('an amount when creating', message('POST', '/api/users', { body: '{"amount":1}' })),
  hostile('userId 0 when creating', message('POST', '/api/users', { body: '{"userId":0}' })),
  hostile('an empty body when creating', message('POST', '/api/users', { body: '' })),
  hostile('one byte beyond 16 KiB', post(valid.padEnd(16 * 1024 + 1)), 413, 'payload_too_large'),
  hostile('300 KB', post(valid.padEnd(300_000)), 413, 'payload_too_large'),
  hostile(
    '17 KiB in chunks',
    `POST ${CHANGE} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n` +
      `4400\r\n${' '.repeat(0x4400)}\r\n0\r\n\r\n`,
    413,
    'payload_too_large',
  ),
];

const mediaTypes = [
  ...['text/plain', 'application/jsonx', 'application/json5', 'application/problem+json', 'text/json', 'json', '*/*'],
  ...['application/json; charset=latin1', 'application/json; charset=utf-16', 'application/json; charset=', ''],
  ...[
    'application/json; charset=utf-8; charset=utf-8',
    'application/json; v=1',
    'application/json;',
    'application /json',
  ],
  ...['application/json, text/plain', 'multipart/form-data; boundary=a', 'application/x-www-form-urlencoded'],
  ...['application/json; charset="utf-8', 'application/json charset=utf-8'],
].map((type) => hostile(`Content-Type ${type}`, post(valid, [`Content-Type: ${type}`]), 415, 'unsupported_media_type'));
const codings = ['gzip', 'br', 'deflate', 'x-unknown', 'identity, gzip', ''].map((coding) =>
  hostile(`Content-Encoding ${coding}`, post(valid, [`Content-Encoding: ${coding}`]), 415, 'unsupported_media_type'),
);
const noMediaType = hostile(
  'no Content-Type',
  `POST ${CHANGE} HTTP/1.1\r\nHost: a\r\nContent-Length: ${valid.length}\r\n\r\n${valid}`,
  415,
  'unsupported_media_type',
);

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
    ...['/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/api/users/update-balance/', '/favicon.ico'],
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
  ...['GET', 'PUT', 'DELETE', 'OPTIONS'].map((method) => [method, '/api/users'] as const),
  ...['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'].map((method) => [method, '/api/users/7/balance'] as const),
  ...['POST', 'DELETE', 'PATCH', 'OPTIONS'].map((method) => [method, '/api/users/7/entries'] as const),
  ...['POST', 'OPTIONS'].map((method) => [method, '/livez'] as const),
].map(([method, path]) => hostile(`${method} ${path}`, message(method, path), 405, 'method_not_allowed'));

/** Well-formed HTTP with hostile content: answered the same way by the Express app and by the front door. */
export const hostileCases: readonly HostileCase[] = [
  ...amounts,
  ...userIds,
  ...openingBalances,
  ...bodies,
  ...mediaTypes,
  ...codings,
  noMediaType,
  ...headers,
  ...paths,
  ...queries,
  ...methods,
];

const chunkedAndLength = `Transfer-Encoding: chunked\r\nContent-Length: ${valid.length}`;
const startOfPost = `POST ${CHANGE} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`;

/** What is not HTTP/1.1 at all: answered by the server below the level of requests, and the connection is closed. */
export const malformedMessages: readonly HostileCase[] = [
  hostile('both lengths', `${startOfPost}${chunkedAndLength}\r\n\r\n0\r\n\r\n`),
  hostile('two lengths', `${startOfPost}Content-Length: 24\r\nContent-Length: 24\r\n\r\n${valid}`),
  hostile('two different lengths', `${startOfPost}Content-Length: 24\r\nContent-Length: 2\r\n\r\n${valid}`),
  hostile('a list of lengths', `${startOfPost}Content-Length: 24, 24\r\n\r\n${valid}`),
  hostile('a negative length', `${startOfPost}Content-Length: -1\r\n\r\n${valid}`),
  hostile('a length in hex', `${startOfPost}Content-Length: 0x18\r\n\r\n${valid}`),
  hostile('a length beyond 2^64', `${startOfPost}Content-Length: 99999999999999999999999\r\n\r\n${valid}`),
  hostile('a bad chunk size', `${startOfPost}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`),
  hostile('an endless chunk size', `${startOfPost}Transfer-Encoding: chunked\r\n\r\n${'f'.repeat(40)}\r\n`),
  hostile('an unknown transfer coding', `${startOfPost}Transfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n`),
  hostile('a folded header', `GET /livez HTTP/1.1\r\nHost: a\r\nX-A: 1\r\n 2\r\n: 3\r\n\r\n`),
  hostile('a space before the colon', 'GET /livez HTTP/1.1\r\nHost : a\r\n\r\n'),
  hostile('a control character in a header', 'GET /livez HTTP/1.1\r\nHost: a\r\nX-A: a\x01b\r\n\r\n'),
  hostile('a zero byte in a header', 'GET /livez HTTP/1.1\r\nHost: a\r\nX-A: a\0b\r\n\r\n'),
  hostile('a bare carriage return', 'GET /livez HTTP/1.1\r\nHost: a\r\nX-A: a\rb\r\n\r\n'),
  hostile('a bare line feed in the headers', 'GET /livez HTTP/1.1\nHost: a\n\n'),
  hostile('a space in the target', 'GET /api/users/7 /balance HTTP/1.1\r\nHost: a\r\n\r\n'),
  hostile('a control character in the target', 'GET /api/users/7\x01 HTTP/1.1\r\nHost: a\r\n\r\n'),
  hostile('an unknown method', 'GIVE /livez HTTP/1.1\r\nHost: a\r\n\r\n'),
  hostile('a method in lower case', 'get /livez HTTP/1.1\r\nHost: a\r\n\r\n'),
  hostile('an unknown version', 'GET /livez HTTP/3.7\r\nHost: a\r\n\r\n'),
  hostile('no version', 'GET /livez\r\n\r\n'),
  hostile('another protocol', 'SSH-2.0-OpenSSH_9.0\r\n'),
  hostile('a TLS hello', Buffer.from('160301020001000100030300112233445566778899', 'hex')),
  hostile('the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  hostile('CONNECT', 'CONNECT db:5432 HTTP/1.1\r\nHost: db:5432\r\n\r\n'),
  hostile(
    'a long header',
    `GET /livez HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`,
    431,
    'headers_too_large',
  ),
  hostile('a long target', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431, 'headers_too_large'),
  hostile(
    'another expectation',
    `${startOfPost}Expect: 200-ok\r\nContent-Length: 0\r\n\r\n`,
    417,
    'expectation_failed',
  ),
];
