import { type HostileCase, hostile, shown, valid } from './hostile-case.ts';

const controls = [...Array.from({ length: 32 }, (_, code) => code), 127].filter((code) => ![9, 10, 13].includes(code));
const hex = (code: number) => `0x${code.toString(16).padStart(2, '0')}`;
const getWith = (line: string) => `GET /api/users/7/balance HTTP/1.1\r\nHost: a\r\n${line}\r\n\r\n`;
const controlFields = controls.flatMap((code) => {
  const character = String.fromCharCode(code);
  return [
    hostile(`the control character ${hex(code)} in a value`, getWith(`X-A: a${character}b`)),
    hostile(`the control character ${hex(code)} in a name`, getWith(`X${character}A: 1`)),
    hostile(
      `the control character ${hex(code)} in the target`,
      `GET /api/${character}users HTTP/1.1\r\nHost: a\r\n\r\n`,
    ),
    hostile(`the control character ${hex(code)} in the method`, `GE${character}T /livez HTTP/1.1\r\nHost: a\r\n\r\n`),
  ];
});
const badNames = [
  'X A',
  'X(A)',
  '(X)',
  'X,A',
  'X;A',
  'X/A',
  'X[A]',
  'X{A}',
  'X@A',
  'X"A"',
  'X<A>',
  'X=A',
  'X?A',
  '\xe9',
  'X\\A',
  '',
].map((name) => hostile(`a field named ${shown(name)}`, getWith(`${name}: 1`)));

const brokenFields = [
  hostile('a field without a colon', getWith('nonsense')),
  hostile('a folded field', getWith('X-A: 1\r\n 2')),
  hostile('a folded field that hides another', getWith('X-A: 1\r\n\tIdempotency-Key: a')),
  hostile('a folded first field', 'GET /livez HTTP/1.1\r\n Host: a\r\n\r\n'),
  hostile('a blank before the colon', 'GET /livez HTTP/1.1\r\nHost : a\r\n\r\n'),
  hostile('a tab before the colon', 'GET /livez HTTP/1.1\r\nHost\t: a\r\n\r\n'),
  hostile('a bare carriage return in a value', getWith('X-A: a\rb')),
  hostile('bare line feeds only', 'GET /livez HTTP/1.1\nHost: a\n\n'),
  hostile('a bare line feed behind the request line', 'GET /livez HTTP/1.1\nHost: a\r\n\r\n'),
  hostile('a bare line feed behind a field', 'GET /livez HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n'),
  hostile('a bare line feed at the end', 'GET /livez HTTP/1.1\r\nHost: a\r\n\n'),
  hostile('bare carriage returns only', 'GET /livez HTTP/1.1\rHost: a\r\r'),
  hostile('a field of 20 KB', getWith(`X-A: ${'a'.repeat(20_000)}`), 431, 'headers_too_large'),
  hostile('a field name of 20 KB', getWith(`${'a'.repeat(20_000)}: 1`), 431, 'headers_too_large'),
  hostile(
    'twenty fields of 1 KB',
    getWith(Array.from({ length: 20 }, (_, i) => `X-${i}: ${'a'.repeat(1024)}`).join('\r\n')),
    431,
    'headers_too_large',
  ),
  hostile('a target of 20 KB', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431, 'headers_too_large'),
  hostile('a query of 20 KB', `GET /livez?${'a'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431, 'headers_too_large'),
];

const badVersions = [
  'HTTP/0.9',
  'HTTP/1.2',
  'HTTP/1.10',
  'HTTP/2.0',
  'HTTP/2',
  'HTTP/3.7',
  'HTTP/1',
  'HTTP/1.',
  'HTTP/.1',
  'HTTP/11',
  'HTTP/-1.1',
  'HTTP/1,1',
  'http/1.1',
  'Http/1.1',
  'HTTP /1.1',
  'HTTP/ 1.1',
  'HTTP/1. 1',
  'HTTP/1.1x',
  'HTTP/1.1 x',
  'HTTP\\1.1',
  'HTP/1.1',
  'HTTPS/1.1',
  'ICE/1.0',
  'RTSP/2.0',
  'SIP/2.0',
  'HTTP/\uff11.1',
  'HTTP/01.1',
  '',
].map((version) =>
  hostile(`the version ${shown(version)}`, `GET /livez ${Buffer.from(version).toString('latin1')}\r\nHost: a\r\n\r\n`),
);
const badMethods = [
  'get',
  'Get',
  'GETS',
  'GE',
  'GIVE',
  'G',
  'POSTT',
  'PO ST',
  'GET\xe9',
  '"GET"',
  'GET,',
  '{}',
  '-',
  'GET/',
  '\xef\xbb\xbfGET',
  'PRI',
  'HTTP/1.1',
].map((method) => hostile(`the method ${shown(method)}`, `${method} /livez HTTP/1.1\r\nHost: a\r\n\r\n`));

const otherProtocols = [
  hostile('HTTP/0.9', 'GET /livez\r\n\r\n'),
  hostile('HTTP/0.9 with fields', 'GET /livez\r\nHost: a\r\n\r\n'),
  hostile('no target', 'GET HTTP/1.1\r\nHost: a\r\n\r\n'),
  hostile('no blank', 'GET/livezHTTP/1.1\r\nHost: a\r\n\r\n'),
  hostile('two blanks before the version', 'GET /livez  HTTP/1.1x\r\nHost: a\r\n\r\n'),
  hostile('a blank in the target', 'GET /api/users/7 /balance HTTP/1.1\r\nHost: a\r\n\r\n'),
  hostile('a blank first', ' GET /livez HTTP/1.1\r\nHost: a\r\n\r\n'),
  hostile('an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
  hostile('SSH', 'SSH-2.0-OpenSSH_9.0\r\n'),
  hostile('TLS', Buffer.from('160301020001000100030300112233445566778899', 'hex')),
  hostile('the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  hostile('PostgreSQL', Buffer.from('0000000804d2162f', 'hex')),
  hostile('Redis', '*1\r\n$4\r\nPING\r\n'),
  hostile('SMTP', 'EHLO a\r\nMAIL FROM:<a@b>\r\n'),
  hostile('SOCKS', Buffer.from('05020002', 'hex')),
  hostile('the PROXY protocol', 'PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\nGET /livez HTTP/1.1\r\nHost: a\r\n\r\n'),
  hostile('memcached', 'set a 0 0 1\r\nb\r\n'),
  hostile('JSON', `${valid}\r\n\r\n`),
  hostile('zero bytes', Buffer.alloc(64)),
  hostile('CONNECT to a database', 'CONNECT db:5432 HTTP/1.1\r\nHost: db:5432\r\n\r\n'),
  hostile('CONNECT to a path', 'CONNECT /api/users HTTP/1.1\r\nHost: a\r\n\r\n'),
];

/** Request lines and header fields that are not what HTTP/1.1 says. */
export const lineCases: readonly HostileCase[] = [
  ...controlFields,
  ...badNames,
  ...brokenFields,
  ...badVersions,
  ...badMethods,
  ...otherProtocols,
];
